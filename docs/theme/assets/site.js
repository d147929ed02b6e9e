// The theme puts the copy button of each block into a <nav>; dozens of unnamed landmarks help nobody.
new MutationObserver(() => {
  for (const nav of document.querySelectorAll(".md-code__nav:not([role])")) nav.setAttribute("role", "none")
}).observe(document.documentElement, { childList: true, subtree: true })
