// The machine of the tab as a page sees it: two serial lines of an emulator in a worker. The first
// is the reader's terminal; at the second an agent does what the page asks for (scripts/tab/guest).

const encode = text => new TextEncoder().encode(text)
const letters = new TextDecoder("latin1") // a letter for each byte, whatever it means
const hex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, "0")).join("")
const prompt = /\x1bc[^]*\x1b\]133;B\x07/ // a new shell resets the terminal, and marks its prompt

// Restores the machine, and tells `on` of it: `loaded` (bytes so far), `started`, `failed`, `lost`
// (the network), `shown` (what the terminal is to show).
export default (where, on) => {
  const worker = new Worker(new URL("tab-worker.js", import.meta.url), { type: "module" })
  const send = (serial, bytes) => worker.postMessage({ serial, bytes })

  // One request after the other: each is a line, and so is its answer.
  let asked = Promise.resolve(), heard = "", answered
  const ask = line => asked = asked.then(() => new Promise(done => {
    answered = done
    send(1, encode(`${line}\n`))
  }))
  const hear = bytes => {
    heard += letters.decode(bytes)
    const at = heard.indexOf("\n")
    if (at < 0) return
    const line = heard.slice(0, at).trim()
    heard = heard.slice(at + 1)
    answered(line)
  }

  // While a new shell is on its way, what the old one still shows is nobody's.
  let entering = null
  const show = bytes => {
    if (!entering) return on.shown(bytes)
    entering.text += letters.decode(bytes)
    const [text] = prompt.exec(entering.text) ?? []
    if (!text) return
    on.shown(Uint8Array.from(text, letter => letter.charCodeAt(0)))
    entering.done()
    entering = null
  }
  const enter = async (user, folder = "") => {
    const there = new Promise(done => { entering = { text: "", done } })
    await ask(`enter ${user} ${folder}`)
    return there
  }

  const wake = async () => {
    await ask(`wake ${Math.floor(Date.now() / 1000)} ${hex(crypto.getRandomValues(new Uint8Array(32)))}`)
    on.started()
  }
  worker.onerror = () => on.failed()
  worker.onmessage = ({ data }) => {
    if (data.loaded) on.loaded(data.loaded)
    else if (data.started) wake()
    else if (data.failed) on.failed()
    else if (data.lost) on.lost()
    else if (data.serial) hear(data.bytes)
    else show(data.bytes)
  }
  worker.postMessage(where)
  return { ask, enter, type: bytes => send(0, bytes), stop: () => worker.terminate() }
}
