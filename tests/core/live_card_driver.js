// Does with a live card what a person would, and says what became of it.
(async () => {
  const pause = () => new Promise((done) => setTimeout(done, 20));
  const shown = () => `${code.join()} ${document.getElementById("decoded").toDataURL()}`;
  const changed = async (act) => {
    const before = shown();
    await act();
    for (let tries = 0; tries < 500 && (waiting || shown() === before); tries++) await pause();
    return shown() !== before;
  };
  const [found, map] = [{}, document.getElementById("map")], box = map.getBoundingClientRect();
  const move = (x, y) => map.dispatchEvent(new PointerEvent("pointermove", { clientX: box.left + x * box.width, clientY: box.top + y * box.height, bubbles: true }));
  await pause();
  found.check = document.getElementById("check").className;
  found.slider = await changed(() => {
    const slider = document.querySelector("#sliders input");
    slider.value = slider.max;
    slider.dispatchEvent(new Event("input"));
  });
  found.left = await changed(() => move(0.1, 0.5));
  found.right = await changed(() => move(0.9, 0.1));
  found.key = await changed(() => map.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft", bubbles: true })));
  found.mean = await changed(() => document.getElementById("mean").click());
  found.random = await changed(() => document.getElementById("random").click());
  found.sample = await changed(() => document.querySelectorAll("#samples button")[1].click());
  const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 20 });
  canvas.getContext("2d").fillRect(5, 5, 12, 10);
  const file = new File([await new Promise((done) => canvas.toBlob(done))], "own.png", { type: "image/png" });
  found.own = await changed(() => take(file));
  found.swapped = await changed(() => document.getElementById("invert").click());
  await take(new File(["no picture"], "letter.txt"));
  found.trouble = document.getElementById("trouble").textContent;
  found.components = await changed(() => {
    const kind = document.getElementById("kind");
    kind.value = "components";
    kind.dispatchEvent(new Event("change"));
    const slider = document.querySelector("#sliders input");
    slider.value = slider.min;
    slider.dispatchEvent(new Event("input"));
  });
  found.numbered = kinds.units.length === 0 || kinds.units.some((axis) => axis.name === "Unit 0");
  const [what, before] = [document.getElementById("what"), map.toDataURL()];
  what.value = "points";
  what.dispatchEvent(new Event("change"));
  found.points = map.toDataURL() !== before;
  const check = document.getElementById("check");
  images.of = () => { throw new Error("out of order"); };
  move(0.5, 0.5);
  for (let tries = 0; tries < 500 && check.className !== "check bad"; tries++) await pause();
  found.failed = check.className === "check bad" && check.textContent.includes("out of order");
  return found;
})()
