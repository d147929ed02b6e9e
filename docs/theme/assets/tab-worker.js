// The machine of the tab, away from the page, which stays alive: an emulator that is restored where
// it was left, once the engine had started (see scripts/tab/).

import open, { module } from "./kept.js"

const PAGES = [1, 1] // at most 1 page of the machine's code is compiled at once: sooner than 3
const SLICES = 96 * 2 ** 20 // bytes of the disk that are kept unpacked, besides what was written

// The disk: parts are fetched when they are read; what is written stays in memory.
class Disk {
  constructor({ size, part, parts, hot }, fetched) {
    this.byteLength = size
    this.part = part
    this.there = new Set(parts)
    // Where the parts are that first commands read: they come in few files.
    this.hot = new Map(hot.flatMap((file, k) => {
      let at = 0
      return file.map(([n, size]) => [n, { k, at: (at += size) - size, size }])
    }))
    this.files = hot.map(() => null)
    this.fetched = fetched
    this.known = new Map()
    this.written = new Set()
    this.coming = new Map()
  }

  load() { this.onload({}) }
  get_buffer(done) { done() }
  get_state() { return [] }
  set_state() {}
  get_from_cache() {}
  get_and_cache(offset, length, done) { this.get(offset, length, done) }

  // Returns a part, or the promise of one.
  at(n) {
    const known = this.known.get(n)
    if (known) return known
    if (!this.there.has(n)) return this.keep(n, new Uint8Array(this.part))
    if (!this.coming.has(n)) this.coming.set(n, this.fetch(n))
    return this.coming.get(n)
  }

  async fetch(n) {
    const packed = await this.packed(n)
    this.coming.delete(n)
    return this.keep(n, new Uint8Array(this.unpack(this.part, packed)))
  }

  async packed(n) {
    const hot = this.hot.get(n)
    if (!hot) return new Uint8Array(await this.insist(`disk/${String(n).padStart(5, "0")}.zst`))
    return new Uint8Array(await this.file(hot.k), hot.at, hot.size)
  }

  file(k) { return this.files[k] ??= this.insist(`hot/${String(k).padStart(2, "0")}`) }

  // Fetches what nobody has asked for yet, but somebody will.
  async ahead() { for (const k of this.files.keys()) await this.file(k) }

  async insist(name) {
    for (let tries = 0; ; tries++) {
      try { return await this.fetched(name) } catch (error) {
        postMessage({ lost: String(error) })
        await new Promise(again => setTimeout(again, 1000 * Math.min(30, 2 ** tries)))
      }
    }
  }

  keep(n, data) {
    this.known.set(n, data)
    if ((this.known.size - this.written.size) * this.part > SLICES) {
      this.known.delete([...this.known.keys()].find(one => one !== n && !this.written.has(one)))
    }
    return data
  }

  // Calls `use` with each part of a range, where that begins in the part, and where in the range.
  each(offset, length, use, done) {
    const numbers = []
    for (let n = Math.floor(offset / this.part); n * this.part < offset + length; n++) numbers.push(n)
    const found = numbers.map(n => this.at(n))
    const go = all => {
      all.forEach((data, k) => {
        const from = Math.max(offset, numbers[k] * this.part)
        const to = Math.min(offset + length, (numbers[k] + 1) * this.part)
        use(data, from - numbers[k] * this.part, from - offset, to - from, numbers[k])
      })
      done()
    }
    if (found.every(one => one instanceof Uint8Array)) go(found)
    else Promise.all(found).then(go)
  }

  get(offset, length, done) {
    const data = new Uint8Array(length)
    this.each(offset, length, (part, at, to, size) => data.set(part.subarray(at, at + size), to), () => done(data))
  }

  set(offset, data, done) {
    const copy = data.slice()
    this.each(offset, copy.length, (part, at, from, size, n) => {
      part.set(copy.subarray(from, from + size), at)
      this.known.set(n, part) // it may have been put away while another one came
      this.written.add(n)
    }, done)
  }
}

let machine
const outputs = [[], []]
const flush = () => {
  for (const n of [0, 1]) if (outputs[n].length) postMessage({ serial: n, bytes: new Uint8Array(outputs[n].splice(0)) })
}
const start = async where => {
  const fetched = await open(where)
  const description = JSON.parse(new TextDecoder().decode(await fetched("tab.json")))
  const { V86 } = await module(fetched, "v86-libv86.mjs")
  let loaded = 0
  const slices = await Promise.all(description.state.map(name => fetched(`state/${name}`, size => {
    loaded += size
    postMessage({ loaded })
  })))
  const state = await new Blob(slices).arrayBuffer()
  const wasm = await fetched("v86-v86.wasm")
  const disk = new Disk(description, fetched)
  machine = new V86({
    wasm_fn: async imports => (await WebAssembly.instantiate(wasm, imports)).instance.exports,
    memory_size: description.memory, vga_memory_size: 2 ** 21,
    initial_state: { buffer: state }, hda: disk,
    uart1: true, net_device: { type: "virtio" },
    disable_keyboard: true, disable_mouse: true, disable_speaker: true, autostart: true
  })
  disk.unpack = machine.zstd_decompress.bind(machine)
  let waiting = false
  for (const n of [0, 1]) machine.add_listener(`serial${n}-output-byte`, byte => {
    outputs[n].push(byte)
    if (waiting) return
    waiting = true
    setTimeout(() => { waiting = false; flush() }, 8)
  })
  machine.add_listener("emulator-started", () => {
    machine.v86.cpu.set_jit_config(...PAGES)
    postMessage({ started: true })
    disk.ahead()
  })
}

onmessage = ({ data }) => {
  if (data.pieces) start(data).catch(error => postMessage({ failed: String(error) }))
  else machine.serial_send_bytes(data.serial, data.bytes)
}
