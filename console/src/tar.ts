// Files as one tar archive (POSIX ustar), without reading them: a browser sends them from where they lie.

const BLOCK = 512;
const NAME = 100;

/** A name that fits into a header; a longer one loses the middle, and keeps its ending. */
function fitting(name: string): Uint8Array {
  const encoder = new TextEncoder();
  const ending = name.match(/(\.[A-Za-z0-9]{1,8}){0,2}$/)?.[0] ?? "";
  let stem = name.slice(0, name.length - ending.length);
  while (encoder.encode(stem + ending).length > NAME) stem = stem.slice(0, -1);
  return encoder.encode(stem + ending);
}

function header(name: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const text = (at: number, value: string): void => block.set(new TextEncoder().encode(value), at);
  const octal = (at: number, digits: number, value: number): void => text(at, `${value.toString(8).padStart(digits, "0")}\0`);
  block.set(name, 0);
  octal(100, 7, 0o644);
  octal(108, 7, 0);
  octal(116, 7, 0);
  octal(124, 11, size);
  octal(136, 11, 0);
  text(148, "        ");
  text(156, "0");
  text(257, "ustar\x0000");
  const sum = block.reduce((all, byte) => all + byte, 0);
  text(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}

export function tar(files: File[]): Blob {
  const parts: BlobPart[] = [];
  for (const file of files) {
    parts.push(header(fitting(file.name), file.size), file, new Uint8Array((BLOCK - (file.size % BLOCK)) % BLOCK));
  }
  return new Blob([...parts, new Uint8Array(2 * BLOCK)]);
}
