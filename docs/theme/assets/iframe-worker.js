// Without a server a browser starts no workers, which search needs: a hidden frame does their work.
// Loaded only in the copy of the site that is read from files; the theme knows the name.
class IFrameWorker extends EventTarget {
  constructor(url) {
    super()
    this.frame = Object.assign(document.createElement("iframe"), { hidden: true })
    document.body.append(this.frame)
    const inside = this.frame.contentWindow
    addEventListener("message", event => {
      if (event.source === inside) this.dispatchEvent(new MessageEvent("message", { data: event.data }))
    })
    inside.document.open()
    inside.document.write(`<!doctype html><body><script>
      postMessage = data => parent.postMessage(data, "*")
      importScripts = (...urls) => urls.reduce((before, url) => before.then(() => new Promise(resolve => {
        const script = Object.assign(document.createElement("script"), { src: url, onload: resolve })
        document.body.append(script)
      })), Promise.resolve())
    <\/script><script src="${url}"><\/script></body>`)
    inside.document.close()
    this.ready = new Promise(resolve => { inside.onload = resolve })
  }
  postMessage(data) {
    this.ready.then(() => this.frame.contentWindow.dispatchEvent(new MessageEvent("message", { data })))
  }
  terminate() { this.frame.remove() }
}
if (location.protocol === "file:") window.Worker = window.IFrameWorker = IFrameWorker
