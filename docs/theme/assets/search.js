// What the theme's search dialog asks, in place of the theme's own worker: that one wants its whole
// index on every page, knows neither flags nor plurals, and prefers pages to the section that answers.
// tests/searches.toml says what has to be found.
const [SETUP, READY, QUERY, RESULT] = [0, 1, 2, 3] // the theme's messages

// What says nothing of the subject, and how words end: «images» is found by «image».
const LANGUAGES = {
  en: {
    vague: `a an and are at be between by can difference do does for from has have how i in is it its my of on or s
      see t that the there this to view was what when which with you your`,
    ending: /(?<=..[a-z])(?:(ies|y)|ing|ed|es|e|(?<!s)s)$/
  },
  fr: {
    vague: `a au aux c ce ces cette comment d dans de des difference du elle en entre est et fait il ils j je l la
      le les leur m ma mais mes mon n ne nous on ou par pas pour qu quand que quel quelle qui quoi s sa se
      si son sont sur t une un voir vous y`,
    ending: /(?<=..[a-z])(?:ees?|es?|er|ez|ent|s|x)$/
  }
}
// How much a word counts in each place, how soon more of it stops counting, how much length does, and
// how much a word does of which it is only the beginning.
const TITLE = 8, PAGE = 2, TEXT = 1, CODE = .3, ENOUGH = 1.2, LENGTH = .3, PAIR = .5, PART = .5

// A flag is a word with its dashes.
const WORD = /(?<![\p{L}\p{N}-])--?[a-z][\w-]*|[\p{L}\p{N}]+/giu
const ELEMENT_OR_WORD = new RegExp(`<[^>]*>|&\\w+;|${WORD.source}`, "giu")
const fold = text => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase()
const split = text => (text.match(WORD) ?? []).map(fold)
const escaped = text => text.replace(/&/g, "&amp;").replace(/</g, "&lt;")
const plain = html => html.replace(/<[^>]*>|&\w+;/g, " ")
const sum = numbers => numbers.reduce((total, one) => total + one, 0)
const pairs = terms => terms.slice(1).map((term, i) => `${terms[i]} ${term}`)

class Index {
  constructor(sections, { vague, ending }) {
    this.sections = sections
    this.vague = new Set(split(vague))
    this.ending = ending
    this.stems = new Map()
    this.places = new Map() // of each term: the sections that have it, and how much of it
    this.pages = new Map()
    for (const section of sections) this.add(section)
    this.names = [...new Set(sections.flatMap(section => plain(section.title).toLowerCase().match(WORD) ?? []))]
    this.terms = [...this.places.keys()].filter(term => !term.includes(" "))
  }

  add(section) {
    const page = section.location.split("#")[0]
    if (!this.pages.has(page)) this.pages.set(page, section) // a page comes before its sections
    section.page = this.pages.get(page)
    section.name = this.read(plain(section.title))
    const [text, code] = [this.read(section.text), this.read(section.code)]
    const weight = 1 / (1 - LENGTH + LENGTH * (text.length + code.length * CODE) / 100)
    this.put(section, section.name, TITLE)
    if (section.page !== section) this.put(section, section.page.name, PAGE)
    this.put(section, text, TEXT * weight)
    this.put(section, code, CODE * weight)
  }

  put(section, terms, weight) {
    for (const term of [...terms, ...pairs(terms)]) {
      if (!this.places.has(term)) this.places.set(term, new Map())
      const places = this.places.get(term)
      places.set(section, (places.get(section) ?? 0) + weight)
    }
  }

  read(text) {
    return this.telling(split(text)).map(word => this.stem(word))
  }

  telling(words) {
    return words.filter(word => !this.vague.has(word))
  }

  stem(word) {
    if (!this.stems.has(word)) this.stems.set(word, this.shorten(word))
    return this.stems.get(word)
  }

  shorten(word) {
    if (/^-|\d/.test(word)) return word
    return word.replace(this.ending, (_, y) => typeof y === "string" ? "i" : "").replace(/([^aeilosu])\1$/, "$1")
  }

  // The words of a query; one that nothing has may be two that somebody wrote as one.
  ask(query) {
    const words = split(query).slice(0, 50) // a whole screen may be pasted
    const telling = this.telling(words)
    return (telling.length ? telling : words).flatMap(word => this.halves(word) ?? [word])
  }

  halves(word) {
    const known = part => this.places.has(this.stem(part))
    if (known(word)) return
    for (let i = 3; i <= word.length - 3; i++) {
      const parts = [word.slice(0, i), word.slice(i)]
      if (parts.every(known)) return parts
    }
  }

  // The terms that a word stands for: itself, what it may become while it is typed, or what it was meant to be.
  meant(word, isLast) {
    const term = this.stem(word)
    const found = this.terms.filter(one => one === term || isLast && one.startsWith(word))
    return found.length || word.length < 5 ? found : this.terms.filter(one => isSlipOf(term, one))
  }

  rarity(count) {
    return Math.log(1 + (this.sections.length - count + .5) / (count + .5))
  }

  search(query) {
    const words = this.ask(query)
    const asked = words.map((word, i) => this.asked(word, i === words.length - 1))
    const found = this.score(asked, pairs(words.map(word => this.stem(word))))
    const best = found[0]?.score
    const groups = new Map()
    for (const { section, score } of found.slice(0, 40)) {
      if (score < best / 10) break
      const group = groups.get(section.page) ?? groups.set(section.page, []).get(section.page)
      group.push(this.show(section, score, asked))
    }
    for (const [{ location, title }, group] of groups) // the dialog wants the page itself in each
      if (!group.some(one => one.location === location)) group.push({ location, title, text: "", score: 0, terms: {} })
    return { items: [...groups.values()], suggest: this.suggest(query) }
  }

  // A word of the query: its terms, the sections that have one of them, and how rare that is.
  asked(word, isLast) {
    const terms = new Set(this.meant(word, isLast))
    const places = new Map()
    // Where the word is known as it stands, what it may become counts less: «arg» and «argument».
    const whole = this.stem(word)
    for (const term of terms) {
      const share = term === whole || !terms.has(whole) ? 1 : PART
      for (const [section, much] of this.places.get(term)) places.set(section, Math.max(share * much, places.get(section) ?? 0))
    }
    return { word, terms, places, weight: this.rarity(places.size) }
  }

  score(asked, neighbours) {
    const scores = new Map()
    const count = (places, weight) => {
      for (const [section, much] of places)
        scores.set(section, (scores.get(section) ?? 0) + weight * much / (much + ENOUGH))
    }
    for (const { places, weight } of asked) count(places, weight)
    for (const pair of neighbours) {
      const places = this.places.get(pair) ?? new Map()
      count(places, PAIR * this.rarity(places.size))
    }
    const all = sum(asked.map(one => one.weight))
    return [...scores].map(([section, score]) => {
      const covered = sum(asked.filter(one => one.places.has(section)).map(one => one.weight))
      return { section, score: (score + this.named(section, asked)) * covered / all * (section.boost ?? 1) }
    }).sort((a, b) => b.score - a.score)
  }

  // A title that says what was asked, and little else, is the answer.
  named({ name }, asked) {
    const said = asked.filter(({ terms }) => name.some(term => terms.has(term)))
    const part = name.filter(term => said.some(({ terms }) => terms.has(term))).length / (name.length || 1)
    return sum(said.map(one => one.weight)) * part
  }

  suggest(query) {
    const last = query.toLowerCase().match(/[^\s-]*$/)[0]
    return last ? this.names.filter(name => name.startsWith(last)).slice(0, 1) : []
  }

  // What the dialog shows of a section, as HTML, and which words the page is to highlight.
  show({ location, title, text, code }, score, asked) {
    const known = word => asked.find(({ terms }) => terms.has(this.stem(fold(word))))
    const mark = html => html.replace(ELEMENT_OR_WORD, one =>
      !/^[<&]/.test(one) && known(one) ? `<mark>${one}</mark>` : one)
    const said = `${plain(title)} ${text} ${code}`.match(WORD) ?? []
    const found = new Set(said.map(known))
    const written = new Set(said.filter(word => known(word) && !word.startsWith("-")).map(word => word.toLowerCase()))
    const terms = [...asked.filter(one => !found.has(one)).map(({ word }) => [word, false]),
      ...[...written].slice(0, 5).map(word => [word, true])]
    const parts = `${text}\n${code}`.split(/(?<=[.!?:]) |\n/)
    const counts = parts.map(part => new Set((part.match(WORD) ?? []).map(known).filter(Boolean)).size)
    const best = parts[counts.indexOf(Math.max(...counts))]
    return {
      location, score, title: mark(title), text: `<p>${mark(escaped(this.cut(best, known)))}</p>`,
      terms: Object.fromEntries(terms)
    }
  }

  // A long line, from shortly before the rarest word that was asked for.
  cut(line, known) {
    const found = [...line.matchAll(WORD)].map(({ 0: word, index }) => ({ index, weight: known(word)?.weight ?? -1 }))
    const rarest = found.reduce((a, b) => b.weight > a.weight ? b : a, { index: 0, weight: 0 })
    const start = line.lastIndexOf(" ", rarest.index - 100) + 1
    return (start ? "… " : "") + line.slice(start, start + 300)
  }
}

// One letter too many, too few or another, or two that changed places.
function isSlipOf(one, other) {
  let start = 0, end = 0
  const shorter = Math.min(one.length, other.length)
  while (start < shorter && one[start] === other[start]) start++
  while (end < shorter - start && one.at(-1 - end) === other.at(-1 - end)) end++
  const [a, b] = [one.slice(start, one.length - end), other.slice(start, other.length - end)]
  return Math.max(a.length, b.length) <= 1 || a.length === 2 && a === b[1] + b[0]
}

// Without a server there is no worker but a frame (see iframe-worker.js), and nothing can be fetched.
const script = self.document?.currentScript.src ?? location.href
async function read() {
  if (!script.startsWith("file:")) return (await fetch(new URL("../search/sections.json", script))).json()
  await importScripts(new URL("../search/sections.js", script))
  return self.sections
}

let language, index
function load() {
  index ??= read().then(found => new Index(found, language))
  index.catch(() => { index = undefined }) // the next key tries again
  return index
}

addEventListener("message", async ({ data: { type, data } }) => {
  if (type === SETUP) {
    language = LANGUAGES[data.config.lang[0]]
    postMessage({ type: READY })
  } else if (type === QUERY) {
    postMessage({ type: RESULT, data: data.trim() ? (await load()).search(data) : { items: [] } })
  }
})
