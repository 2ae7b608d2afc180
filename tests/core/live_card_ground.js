// Gives a live card ink on paper, the same in white on black, and the first again with the swap taken back.
(async () => {
  const drawn = async (paper, ink) => {
    const canvas = Object.assign(document.createElement("canvas"), { width: 40, height: 40 }), brush = canvas.getContext("2d");
    for (const [colour, place] of [[paper, [0, 0, 40, 40]], [ink, [15, 10, 10, 20]]]) (brush.fillStyle = colour), brush.fillRect(...place);
    return new File([await new Promise((done) => canvas.toBlob(done))], "own.png", { type: "image/png" });
  };
  const [tick, given] = [document.getElementById("invert"), document.getElementById("given")];
  const seen = () => ({
    swapped: tick.checked,
    corner: given.getContext("2d").getImageData(0, 0, 1, 1).data[0],
    said: document.getElementById("whence").textContent,
  });
  const found = [];
  await take(await drawn("#fff", "#000"));
  found.push(seen());
  await take(await drawn("#000", "#fff"));
  found.push(seen());
  await take(await drawn("#fff", "#000"));
  tick.click();
  found.push(seen());
  return found;
})()
