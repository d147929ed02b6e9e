// Starts the machine of the tab from its disk, and keeps its state once the engine answers.
//
// Writes into the folder TARGET: `state`, and in `hot` the parts of the disk that a first command
// reads, as JSON.
//
// usage: node snapshot.mjs KERNEL_FOLDER EMULATOR_FOLDER DISK MEMORY_MB PART_BYTES TARGET
import fs from "node:fs"
import path from "node:path"
import { pathToFileURL } from "node:url"

const [kernel, emulator, disk, memory, part, target] = process.argv.slice(2)
const { V86 } = await import(pathToFileURL(path.join(emulator, "v86/libv86.mjs")))

// What the machine writes goes into the file: the state holds nothing of it.
const file = fs.openSync(disk, "r+")
const hot = new Set()
const read = (offset, length) => {
  for (let n = Math.floor(offset / part); n * part < offset + length; n++) hot.add(n)
  const data = new Uint8Array(length)
  fs.readSync(file, data, 0, length, offset)
  return data
}
class Disk {
  byteLength = fs.fstatSync(file).size
  load() { this.onload({}) }
  get(offset, length, done) { done(read(offset, length)) }
  get_from_cache(offset, length) { return read(offset, length) }
  get_and_cache(offset, length, done) { done(read(offset, length)) }
  set(offset, data, done) { fs.writeSync(file, data, 0, data.length, offset); done() }
  get_buffer(done) { done() }
  get_state() { return [] }
  set_state() {}
}
const machine = new V86({
  wasm_path: path.join(emulator, "v86/v86.wasm"),
  memory_size: memory * 2 ** 20,
  vga_memory_size: 2 ** 21,
  bios: { url: path.join(kernel, "bios.bin") },
  vga_bios: { url: path.join(kernel, "vgabios-stdvga.bin") },
  bzimage: { url: path.join(kernel, "vmlinuz") },
  cmdline: "console=ttyS0 root=/dev/sda rootwait rw init=/sbin/init mitigations=off tsc=reliable random.trust_cpu=on loglevel=4",
  hda: new Disk(),
  uart1: true,
  disable_keyboard: true, disable_mouse: true, disable_speaker: true, fastboot: true,
  net_device: { type: "virtio" },
  autostart: true
})

const said = ["", ""]
for (const n of [0, 1]) machine.add_listener(`serial${n}-output-byte`, byte => {
  said[n] += String.fromCharCode(byte)
  if (!n) process.stderr.write(String.fromCharCode(byte))
})
const seen = (n, pattern) => new Promise(resolve => {
  const timer = setInterval(() => {
    const found = pattern.exec(said[n])
    if (!found) return
    clearInterval(timer)
    said[n] = said[n].slice(found.index + found[0].length)
    resolve()
  }, 20)
})
// Sends a line, and waits for what follows it.
const ask = (n, line, answer) => {
  const wait = seen(n, answer)
  machine.serial_send_bytes(n, new TextEncoder().encode(`${line}\n`))
  return wait
}
const prompt = /\x1b\]133;B\x07/

await seen(0, /ready/)
await seen(0, prompt)
// Once through all that is slow the first time; nothing of it stays.
await ask(0, "docker version; docker run --rm hello-world; docker ps -a; docker rmi hello-world; docker buildx ls", prompt)
await ask(1, "rest", /\n/)
// What is read from now on is what every reader waits for.
hot.clear()
await ask(0, "docker ps; docker run --rm hello-world; docker rmi hello-world", prompt)
const first = [...hot]
await ask(1, "rest", /\n/)
// The kernel takes fresh randomness once a minute at most: the first reader to ask is to get it.
await new Promise(resolve => setTimeout(resolve, 65e3))
machine.stop()
const state = await machine.save_state()
fs.writeFileSync(path.join(target, "state"), new Uint8Array(state))
fs.writeFileSync(path.join(target, "hot"), JSON.stringify(first))
fs.fsyncSync(file)
process.exit(0)
