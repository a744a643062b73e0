// node judge.mjs MODULE.wasm PHOTO…: prints each photo's report, one a line.
import { readFile } from 'node:fs/promises';

const [module, ...photos] = process.argv.slice(2);
const { instance } = await WebAssembly.instantiate(await readFile(module), {});
const { memory, reserve, judge, answer } = instance.exports;
for (const photo of photos) {
  const bytes = await readFile(photo);
  const address = reserve(bytes.length) >>> 0;
  new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
  const length = judge();
  console.log(new TextDecoder().decode(new Uint8Array(memory.buffer, answer() >>> 0, length)));
}
