// An engine in the tab: loads the machine when a reader asks for it, and is its terminal.

const encode = text => new TextEncoder().encode(text)
const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("")
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
  const pieces = new URL(element.dataset.pieces, location.href)
  const { key } = element.dataset
  const size = Number(element.dataset.size)
  const start = find("start"), stop = find("stop"), bar = find("loading"), news = find("news"), desk = find("desk")
  let worker, terminal

  const say = (name, rest = "") => { news.textContent = (words[name] ?? name) + rest }
  const end = name => {
    worker?.terminate()
    worker = null
    bar.hidden = stop.hidden = true
    start.hidden = false
    say(name)
  }

  // The second serial line: a request a line, an answer a line, one after the other.
  let asked = Promise.resolve(), heard = "", answered = () => {}
  const ask = line => asked = asked.then(() => new Promise(done => {
    answered = done
    worker.postMessage({ serial: 1, bytes: encode(`${line}\n`) })
  }))
  const hear = bytes => {
    heard += new TextDecoder("latin1").decode(bytes)
    const at = heard.indexOf("\n")
    if (at < 0) return
    const line = heard.slice(0, at).trim()
    heard = heard.slice(at + 1)
    answered(line)
  }

  const type = text => worker.postMessage({ serial: 0, bytes: encode(text) })
  const open = async () => {
    const [{ Terminal }, { FitAddon }] = await Promise.all([
      import(new URL("xterm-xterm.mjs", pieces)),
      import(new URL("addon-fit-addon-fit.mjs", pieces)),
      fetchStyle(new URL("xterm-xterm.css", pieces))
    ])
    const style = getComputedStyle(find("screen"))
    terminal = new Terminal({
      fontFamily: style.fontFamily, fontSize: parseFloat(style.fontSize), scrollback: 5000, screenReaderMode: true,
      theme: { background: style.backgroundColor, foreground: style.color, cursor: style.color }
    })
    const fit = new FitAddon()
    terminal.loadAddon(fit)
    desk.hidden = false
    terminal.open(find("screen"))
    fit.fit()
    // Ctrl+C copies what is chosen, and else interrupts; what is pasted comes as the browser has it.
    terminal.attachCustomKeyEventHandler(event => {
      const chosen = event.ctrlKey && event.key === "c" && terminal.hasSelection()
      return !(chosen || event.ctrlKey && event.key === "v")
    })
    terminal.onData(type)
    new ResizeObserver(() => fit.fit()).observe(find("screen"))
    return terminal
  }
  const awake = async () => {
    bar.hidden = stop.hidden = true
    say("restored")
    await open()
    const seed = hex(crypto.getRandomValues(new Uint8Array(32)))
    await ask(`wake ${Math.floor(Date.now() / 1000)} ${seed}`)
    await ask(`size ${terminal.rows} ${terminal.cols}`)
    terminal.onResize(({ rows, cols }) => ask(`size ${rows} ${cols}`))
    terminal.reset()
    await ask("enter alex")
    say("ready")
    element.dataset.ready = "yes"
    terminal.focus()
  }
  const begin = () => {
    start.hidden = true
    bar.hidden = stop.hidden = false
    bar.max = size
    say("loading")
    worker = new Worker(new URL("tab-worker.js", import.meta.url), { type: "module" })
    worker.onerror = () => end("failed")
    worker.onmessage = ({ data }) => {
      if (data.loaded) { bar.value = data.loaded; say("loading", ` ${megabytes(data.loaded)} / ${megabytes(size)}\u00a0Mo`.replace("Mo", words.unit)) }
      else if (data.started) awake()
      else if (data.failed) end("failed")
      else if (data.lost) say("lost")
      else if (data.serial) hear(data.bytes)
      else terminal?.write(data.bytes)
    }
    worker.postMessage({ pieces: pieces.href, key })
  }

  // A published port, fetched inside the machine; what comes is shown without being run.
  const look = async () => {
    const [port, path] = [find("port").value, find("path").value || "/"]
    const frame = find("page")
    find("seen").textContent = words.asking
    const text = new TextDecoder().decode(Uint8Array.from(atob(await ask(`get ${port} ${path.replace(/\s/g, "%20")}`)), letter => letter.charCodeAt(0)))
    const [, head, body] = /^(HTTP\/[\s\S]*?)\r?\n\r?\n([\s\S]*)$/.exec(text) ?? [, "", text]
    const plain = document.createElement("pre")
    plain.textContent = body
    frame.srcdoc = /^content-type: *text\/html/im.test(head) ? body : plain.outerHTML
    frame.hidden = false
    find("seen").textContent = head.split(/\r?\n/)[0]
  }

  find("no-script").remove()
  const lacking = lack()
  if (lacking) return say(lacking)
  start.hidden = false
  if (matchMedia("(pointer: coarse)").matches) say("phone")
  start.addEventListener("click", begin)
  stop.addEventListener("click", () => end("stopped"))
  find("look").addEventListener("submit", event => { event.preventDefault(); look() })
  // For a program that types here (see scripts/tab/browser.py).
  element.engine = { ask, type: bytes => worker.postMessage({ serial: 0, bytes }), listen: use => { worker.addEventListener("message", ({ data }) => { if (data.serial === 0) use(data.bytes) }) } }
}
