// An engine in the tab: loads the machine when a reader asks for it, and is its terminal.

import open, { address, module } from "./kept.js"
import restore from "./machine.js"

const megabytes = bytes => Math.round(bytes / 1e6)

// What this browser lacks, as a key of the words; "" if it lacks nothing.
const lack = () => {
  if (typeof WebAssembly !== "object") return "no wasm"
  if (!window.caches || !window.isSecureContext) return "no cache"
  if (navigator.deviceMemory && navigator.deviceMemory < 2) return "no memory"
  return ""
}

const fetchStyle = href => new Promise((done, failed) => {
  document.head.append(Object.assign(document.createElement("link"), { rel: "stylesheet", href, onload: done, onerror: failed }))
})

export default element => {
  const find = name => element.querySelector(`.${name}`)
  const words = JSON.parse(find("words").textContent)
  const where = { pieces: new URL(element.dataset.pieces, location.href).href, key: element.dataset.key }
  const start = find("start"), stop = find("stop"), bar = find("loading"), news = find("news")
  let machine, terminal

  const say = text => { news.textContent = text }
  const end = text => {
    machine.stop()
    bar.hidden = stop.hidden = true
    start.hidden = false
    say(text)
  }

  const show = async () => {
    const fetched = await open(where)
    const [{ Terminal }, { FitAddon }] = await Promise.all([
      module(fetched, "xterm-xterm.mjs"),
      module(fetched, "addon-fit-addon-fit.mjs"),
      address(fetched, "xterm-xterm.css", "text/css").then(fetchStyle)
    ])
    const style = getComputedStyle(find("screen"))
    terminal = new Terminal({
      fontFamily: style.fontFamily, fontSize: parseFloat(style.fontSize), scrollback: 5000, screenReaderMode: true,
      theme: { background: style.backgroundColor, foreground: style.color, cursor: style.color }
    })
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    find("desk").hidden = false
    terminal.open(find("screen"))
    fit.fit()
    // Ctrl+C copies what is chosen, and else interrupts; what is pasted comes as the browser has it.
    terminal.attachCustomKeyEventHandler(event => {
      const chosen = event.ctrlKey && event.key === "c" && terminal.hasSelection()
      return !(chosen || event.ctrlKey && event.key === "v")
    })
    terminal.onData(text => machine.type(new TextEncoder().encode(text)))
    terminal.onResize(({ rows, cols }) => machine.ask(`size ${rows} ${cols}`))
    new ResizeObserver(() => fit.fit()).observe(find("screen"))
  }
  const started = async () => {
    bar.hidden = stop.hidden = true
    say(words.restored)
    await show()
    await machine.ask(`size ${terminal.rows} ${terminal.cols}`)
    await machine.enter("alex")
    say(words.ready)
    element.dataset.ready = "yes"
    terminal.focus()
  }
  const begin = () => {
    start.hidden = true
    bar.hidden = stop.hidden = false
    bar.max = Number(element.dataset.size)
    const loaded = bytes => {
      bar.value = bytes
      say(words.loading.replace("{done}", megabytes(bytes)))
    }
    loaded(0)
    machine = restore(where, {
      loaded, started, failed: () => end(words.failed), lost: () => say(words.lost), shown: bytes => terminal?.write(bytes)
    })
  }

  // A published port, fetched inside the machine; what comes is shown without being run.
  const look = async () => {
    const seen = find("seen"), frame = find("page")
    seen.textContent = words.asking
    const path = find("path").value.trim().replace(/\s/g, "%20") || "/"
    const answer = atob(await machine.ask(`get ${find("port").value} ${path}`))
    const text = new TextDecoder().decode(Uint8Array.from(answer, letter => letter.charCodeAt(0)))
    const [, head, body] = /^(HTTP\/[^]*?)\r?\n\r?\n([^]*)$/.exec(text) ?? [, "", text]
    const plain = Object.assign(document.createElement("pre"), { textContent: body, style: "white-space: pre-wrap" })
    frame.srcdoc = /^content-type: *text\/html/im.test(head) ? body : plain.outerHTML
    frame.hidden = false
    seen.textContent = head.split(/\r?\n/)[0] || words.silent
  }

  find("no-script").remove()
  const lacking = lack()
  if (lacking) return say(words[lacking])
  start.hidden = false
  if (matchMedia("(pointer: coarse)").matches) say(words.phone)
  start.addEventListener("click", begin)
  stop.addEventListener("click", () => end(words.stopped))
  find("look").addEventListener("submit", event => { event.preventDefault(); look() })
}
