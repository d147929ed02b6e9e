// The theme puts the copy button of each block into a <nav>; dozens of unnamed landmarks help nobody.
new MutationObserver(() => {
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.setAttribute("role", "none")
}).observe(document.documentElement, { childList: true, subtree: true })

// The theme searches when a key is let go, and so misses what was pasted, dictated or put there
// by the keyboard of a phone.
document.addEventListener("input", event => {
  if (event.target.matches(".md-search__input")) event.target.dispatchEvent(new KeyboardEvent("keyup"))
})
