// The theme's script makes copy buttons, searches, and goes from page to page; a page is read without.
// A phone is busy with it for a second, so it comes at the reader's first move, or at once for an
// address that leads into a page. Where it is not left to us (see finish.py), it is there already.
const theme = document.currentScript.dataset.theme
const assets = new URL(".", document.currentScript.src)
const fetched = (tag, attributes) => new Promise((done, failed) => {
  document.head.append(Object.assign(document.createElement(tag), attributes, { onload: done, onerror: failed }))
})
// What is to be done on each page, this one first.
const works = []
const onEachPage = work => { works.push(work); work() }
const follow = () => {
  let first = true
  document$.subscribe(() => { if (!first) for (const work of works) work(); first = false })
}
const MOVES = ["pointermove", "pointerdown", "keydown", "focusin", "scroll", "wheel", "touchstart"]
const listen = heed => {
  for (const move of MOVES) heed(move, wake, { passive: true })
  for (const type of ["change", "keydown"]) heed(type, miss)
}
// A key that opens the search, a press on the colours: what the theme could not hear yet.
const missed = []
const miss = event => {
  if (event.type === "keydown" ? event.target === document.body : event.target.matches(".md-option")) missed.push(event)
}
// Where it did not come, the next move asks again, and one made while it was awaited is such a move.
let coming, moved
const wake = () => { moved = true; coming ??= come() }
const come = async () => {
  moved = false
  try {
    await fetched("script", { src: new URL(theme, document.baseURI) })
  } catch {
    coming = undefined
    if (moved) wake()
    return
  }
  listen(removeEventListener)
  document.dispatchEvent(new Event("DOMContentLoaded")) // it waits for that, which has been
  for (const event of missed) event.target.dispatchEvent(new event.constructor(event.type, event))
  follow()
}
if (!theme) follow()
else {
  listen(addEventListener)
  const here = document.querySelector(".md-sidebar--primary .md-nav__link--active[href]")
  const navigation = here?.closest(".md-sidebar__scrollwrap")
  if (navigation) navigation.scrollTop = here.offsetTop - navigation.offsetTop - navigation.offsetHeight / 2
  if (location.hash || location.search) wake()
}

// The theme puts the copy button of each block into a <nav>; dozens of unnamed landmarks help nobody.
new MutationObserver(() => {
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.setAttribute("role", "none")
}).observe(document.documentElement, { childList: true, subtree: true })

// The theme searches when a key is let go, and so misses what was pasted, dictated or put there
// by the keyboard of a phone.
document.addEventListener("input", event => {
  if (event.target.matches(".md-search__input")) event.target.dispatchEvent(new KeyboardEvent("keyup"))
})

// The theme leaves the header as it is from page to page: the language switch leads to where the
// reader is now, section included.
const turn = () => {
  const here = location.href.replace(__md_scope.href, "")
  for (const link of document.querySelectorAll(".lang")) link.href = new URL(`../${link.hreflang}/${here}`, __md_scope)
}
for (const reached of ["pointerover", "focusin"]) document.querySelector(".lang").addEventListener(reached, turn)

// The reader's own engine, chosen once: its lines stand first in every terminal that has them.
const kept = {
  get: () => { try { return localStorage.getItem("engine") } catch { return null } },
  set: engine => { try { localStorage.setItem("engine", engine) } catch { /* not kept, then */ } }
}
const show = engine => {
  for (const session of document.querySelectorAll(".session:has(details.engine)")) {
    session.runs ??= [...session.querySelectorAll(".run")]
    const chosen = session.runs.find(run => run.dataset.engines.split(" ").includes(engine)) ?? session.runs[0]
    const folded = session.querySelector("details.engine")
    session.stop?.()
    folded.before(chosen)
    folded.append(...session.runs.filter(run => run !== chosen))
  }
}
onEachPage(() => {
  const choice = document.getElementById("my-engine")
  if (!choice) return
  if ([...choice.options].some(option => option.value === kept.get())) choice.value = kept.get()
  if (choice.selectedIndex > 0) show(choice.value)
  choice.addEventListener("change", () => { kept.set(choice.value); show(choice.value) })
})

// A terminal can be played as the run went. The player is fetched when somebody asks for it.
let player
const fetchPlayer = () => {
  player ??= Promise.all([
    fetched("link", { rel: "stylesheet", href: new URL("player/asciinema-player.css", assets) }),
    fetched("script", { src: new URL("player/asciinema-player.min.js", assets) })
  ])
  player.catch(() => { player = undefined }) // pressed again, it is tried again
  return player
}
const replay = async button => {
  const session = button.closest(".session")
  const run = session.querySelector(".run")
  if (session.stop) return session.stop()
  await fetchPlayer()
  if (session.stop) return // pressed twice while the player was on its way
  const stage = Object.assign(document.createElement("div"), { className: "stage" })
  run.before(stage)
  run.hidden = true
  button.setAttribute("aria-pressed", "true")
  const playing = AsciinemaPlayer.create(button.dataset.cast, stage, {
    autoPlay: true, startAt: Number(button.dataset.from), pauseOnMarkers: true, fit: "width"
  })
  session.stop = () => {
    playing.dispose()
    stage.remove()
    run.hidden = false
    button.setAttribute("aria-pressed", "false")
    delete session.stop
  }
}
onEachPage(() => {
  if (location.protocol === "file:") return // from files, nothing can be fetched
  for (const button of document.querySelectorAll(".replay")) {
    button.hidden = false
    button.addEventListener("click", () => replay(button))
  }
})

// A practice is a terminal of its own, fetched with all its answers once a reader comes near one.
const openPractice = async practice => {
  const [{ default: open }, graph] = await Promise.all([
    import(new URL("practice.js", assets)),
    fetch(practice.dataset.graph).then(answer => answer.json())
  ])
  open(practice, graph, JSON.parse(practice.querySelector(".words").textContent))
}
const near = new IntersectionObserver(entries => {
  for (const { isIntersecting, target } of entries) {
    if (isIntersecting) { near.unobserve(target); openPractice(target) }
  }
}, { rootMargin: "800px" })
onEachPage(() => {
  if (location.protocol === "file:") return
  for (const practice of document.querySelectorAll(".practice[data-graph]")) near.observe(practice)
})

// An engine in the tab, see tab.js: nothing of it is loaded before a reader asks.
onEachPage(async () => {
  const element = document.querySelector(".tab[data-pieces]")
  if (element && location.protocol !== "file:") (await import(new URL("tab.js", assets))).default(element)
})
