// Reads pages of live cards and says, of each, how far its network lies from torch on the images in it.
const fs = require("fs");
const [network, ...pages] = process.argv.slice(2);
const { unpacked, runner } = require(network);
const product = (shape) => shape.reduce((a, b) => a * b, 1);
const found = pages.map((page) => {
  const text = fs.readFileSync(page, "utf8");
  const held = (id) => new RegExp(`<script type="[^"]+" id="${id}">([^]*?)</script>`).exec(text)[1];
  const card = JSON.parse(held("card")), arrays = unpacked(card.table, held("numbers").trim());
  const [encode, decode] = [runner(card.encode, arrays), runner(card.decode, arrays)];
  const [numbers, units] = [product(card.shape), product(card.code)];
  let far = 0;
  const compare = (made, wanted, begin, scale) => {
    for (let k = 0; k < made.length; k++) {
      const away = Math.abs(made[k] - wanted.data[begin + k]) / scale;
      if (!(away <= far)) far = away;
    }
  };
  for (let i = 0; i < arrays["wanted codes"].shape[0]; i++) {
    const code = encode({ shape: [1, ...card.shape], data: arrays.samples.data.slice(i * numbers, (i + 1) * numbers) }).data;
    const image = decode({ shape: [1, ...card.code], data: code }).data;
    if (code.length !== units || image.length !== numbers) throw new Error(`${page}: ${code.length} and ${image.length} numbers`);
    compare(code, arrays["wanted codes"], i * units, card.scale);
    compare(image, arrays["wanted images"], i * numbers, 1);
  }
  return Number.isFinite(far) ? far : String(far);
});
console.log(JSON.stringify(found));
