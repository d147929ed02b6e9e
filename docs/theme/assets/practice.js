// A terminal whose every answer was recorded: it walks a graph of states (see scripts/explore.py).

const SPECIAL = /[|<>&;$]/ // letters that a shell heeds, unless they are quoted

// Splits a line as a shell does; null where a quote is not closed. What quotes keep from the shell is marked.
const split = line => {
  const words = []
  let word = null, quote = ""
  for (let n = 0; n < line.length; n++) {
    const letter = line[n]
    if (quote && letter === quote) quote = ""
    else if (quote && SPECIAL.test(letter) && (quote === "'" || letter !== "$")) word = `${word ?? ""}\\${letter}`
    else if (!quote && /["']/.test(letter)) { quote = letter; word ??= "" }
    else if (letter === "\\" && quote !== "'" && n + 1 < line.length) { const next = line[++n]; word = `${word ?? ""}${SPECIAL.test(next) ? "\\" : ""}${next}` }
    else if (!quote && /\s/.test(letter)) { if (word !== null) words.push(word); word = null }
    else word = (word ?? "") + letter
  }
  if (quote) return null
  return word === null ? words : [...words, word]
}

// Without its messages curl shows the same where it succeeds, and its output goes to no other program.
const isSilent = word => ["-s", "--silent"].includes(word)

// For curl and wget, here or in a container, «web», «web:80» and «http://web/» are one address.
const address = (word, n, words) => words.slice(0, n).some(program => ["curl", "wget"].includes(program)) ? word.replace(/^(?:http:\/\/)?([a-z\d][\w.-]*)(:\d+)?\/?$/, (_, host, port = "") => `http://${host}${port === ":80" ? "" : port}`) : word

// Brings the options of a command into one form: long names, «--name=value», in one order.
const options = (command, words) => {
  const found = [], others = []
  for (let n = 0; n < words.length; n++) {
    const word = words[n]
    if (command.ends && others.length || !/^-[^-]|^--./.test(word)) { others.push(word); continue }
    const [, name, value] = /^(--[^=]+)(?:=(.*))?$/s.exec(word) ?? []
    if (name) {
      const known = command.options[name]
      found.push(known?.valued ? `${name}=${value ?? words[++n]}` : word)
      continue
    }
    for (let k = 1; k < word.length; k++) {
      const known = command.options[`-${word[k]}`]
      if (!known) return null
      if (!known.valued) { found.push(known.name); continue }
      const rest = word.slice(k + 1).replace(/^=/, "")
      found.push(`${known.name}=${rest || words[++n]}`)
      break
    }
  }
  return [...found.sort(), ...others]
}

// Options of `docker run` that are looked at only once there is room for the container's name.
const USUAL = /^--(detach|interactive|tty|rm|name=[\w.-]+|network=[\w.-]+|publish=\d+(:\d+)?|volume=[^:]+:\/[^:]+(:ro)?)$/

// Quotes around a single plain word in a script of `sh -c` change nothing; where a container stays, it can be told how it was written.
const script = (word, n, words) => words[n - 1] === "-c" && (words[1] === "exec" || words.includes("--rm")) ? word.replace(/(["'])([\w.,/-]+)\1/g, "$2") : word

// What may be written in several ways in any command: where wget writes to, a folder that ls lists, Compose, and what it does anyway.
const spelt = text => text
  .replace(/^docker-compose\0(?=[a-z])/, "docker\0compose\0")
  .replace(/(?<=\0|^)wget\0(?:-q\0)?-(q?)O\0?-(?=\0)/, (all, quiet) => `wget\0-${quiet || all.includes("-q\0") ? "q" : ""}O-`)
  .replace(/((?:\0|^)ls(?:\0-\w+)?\0\/\w+(?:\/\w+)+)\/$/, "$1")
  .replace(/^(docker\0compose\0exec\0)-(?:it|ti|i|t)\0/, "$1")

// Returns what two spellings of one command have in common; `called` tells what a word stands for.
const normal = (line, commands, called) => {
  const typed = split(line.trim())?.map(word => word.replaceAll("$(pwd)", "$PWD")).map(script)
  if (!typed?.length) return null
  if (typed[0] === "echo") return typed.join(" ") // with one blank between its words, quoted or not
  const words = spelt(typed.join("\0")).split("\0")
  if (words[0] === "curl") return words.filter(word => words.includes("|") || !isSilent(word)).map(address).join("\0")
  if (words[0] !== "docker") return words.map(address).join("\0")
  for (const many of [2, 1]) {
    const verb = words.slice(1, 1 + many).join(" ")
    const command = commands.find(one => one.names.includes(verb))
    if (!command) continue
    const rest = options(command, words.slice(1 + many))
    if (rest) return ["docker", command.names[0], ...rest.map(called).map(address)].join("\0")
    return ["docker", verb, ...words.slice(1 + many)].join("\0") // with an option that its help does not list
  }
  return words.join("\0")
}

const distance = (one, other) => {
  let row = [...other].map((_, n) => n + 1)
  row.unshift(0)
  for (let i = 1; i <= one.length; i++) {
    const next = [i]
    for (let j = 1; j <= other.length; j++) next[j] = Math.min(next[j - 1] + 1, row[j] + 1, row[j - 1] + (one[i - 1] !== other[j - 1]))
    row = next
  }
  return row.at(-1)
}

// What a phone's keyboard makes of quotes and dashes, as a shell wants them.
const plain = line => line.replace(/[“”«»]/g, '"').replace(/[‘’]/g, "'").replace(/—/g, "--").replace(/–/g, "-").replace(/[\u00a0\u202f]/g, " ")

// «0.0.0.0:8080->80/tcp» and its twin for IPv6 are one port to a reader: «8080 → 80».
const port = text => text.replace(/^(?:0\.0\.0\.0|\[::\]):/, "").replace("->", " → ").replace("/tcp", "")

const ITS_OWN = ["bridge", "host", "none"] // networks that nobody has made

const NOBODY = "nosuch" // as scripts/manual.py has it
const OTHER = "spare" // as scripts/practice.py has it: what a container is called in practices where it may be called anything

// What hangs, where it changes nothing, on what it names and what that can see, as scripts/asking.py has it.
const SEEING = /^(docker\0(?!compose (?!exec))[a-z ]*\b(run|create|exec|start|stop|restart|kill|rm|rmi|rename|attach|connect|tag|build|inspect|history|cp|diff)(\0|$)|(curl|cat)\0|ls(\0|$))/
const FILLED_IN = /\$\(|`/ // what a shell puts in may hang on anything
const ALL = /^docker(?:\0compose |\0container run\0.*--interactive| compose | run (?:.* )?-\w*i)/
const PORTS = /^curl\0|^docker\0container (?:start|restart)\0|\0--publish=/
const BUILD = /^docker\0[a-z]* ?build\0/
const LAYERS = /^docker\0(?:[a-z]* ?build|image rm)\0/
const USED = /^docker\0(?:[a-z]* ?build|image tag|(?:image|volume|network) rm)\0/
const ENDED = ["created", "exited"]

// What only lists, and complains of nothing: all it shows may go through a pipe.
const PIPED = /^(docker (ps|images|history|inspect|port|top|(container|image|volume|network) (ls|inspect)|exec [\w.-]+ (cat|ls|env))\b|cat [\w./-]+$|curl (-s |--silent )?[\w.:/]+$)/

// What grep, head, tail and wc let through of some lines; undefined for other programs. For grep, a word is no pattern.
const through = (program, lines) => {
  if (program === "wc -l") return [`${lines.length}`]
  const [, end, number = 10] = /^(head|tail)(?: -(?:n ?)?(\d+))?$/.exec(program) ?? []
  if (end) return end === "head" ? lines.slice(0, number) : lines.slice(Math.max(0, lines.length - number))
  const [, options, , quoted, bare] = /^grep((?: -[iv]+| -[ABC] ?[1-9]\d*)*) (?:(["'])(\w[\w :/-]*)\2|(\w[\w:/-]*))$/.exec(program) ?? []
  const word = quoted ?? bare
  if (!word) return
  const isSaid = / -v?i/.test(options) ? text => text.toLowerCase().includes(word.toLowerCase()) : text => text.includes(word)
  const isLet = text => isSaid(text) !== / -i?v/.test(options)
  const [before, after] = ["B", "A"].map(side => new RegExp(` -[${side}C] ?(\\d+)`).exec(options)?.[1]).map(count => Number(count ?? 0))
  const near = lines.map((_, n) => n).filter(n => lines.slice(Math.max(0, n - after), n + before + 1).some(isLet))
  const isApart = k => k > 0 && before + after > 0 && near[k] > near[k - 1] + 1
  return near.flatMap((n, k) => isApart(k) ? ["--", lines[n]] : [lines[n]])
}

const ALIASES = /^(ps|list|remove)$/ // of `docker container ls` and its like, whose helps do not list them

// A container's name, and a volume's, that nobody has given.
const MADE_UP = /^[a-z]+_[a-z]+\d?$/, UNNAMED = /^[0-9a-f]{64}/

// What is joined by «&&», as long as no quotes are around it.
const parts = line => {
  const all = line.split("&&")
  return all.every(part => split(part)?.length) ? all : [line]
}

const LONG = 300 // letters of a line: nothing is near to a longer one

const tagless = word => word.replace(/:latest$/, "")

const make = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className })

export default (element, graph, words) => {
  const find = name => element.querySelector(`.${name}`)
  const terminal = find("terminal"), screen = find("screen"), form = find("typing"), input = form.querySelector("input"), world = find("world"), change = find("change")
  const goals = [...element.querySelectorAll(".goal")]
  const key = `practice:${graph.slug}`
  let here, names, pattern, reached, seen, typed, count, running, past, at, offered

  const state = () => graph.states[here]
  const isInside = (of = state()) => of.prompt !== graph.states[0].prompt // a program that was entered, or that asks
  // What the reader has seen things called, where the recording of this state calls them otherwise.
  const shown = text => pattern ? text.replace(pattern, word => names.get(word) ?? cut(word)) : text
  // An id that a builder has cut short to fit the window.
  const cut = word => {
    const whole = [...names.keys()].find(name => name.length === 64 && name.startsWith(word))
    return whole ? names.get(whole).slice(0, word.length) : names.get(word.slice(0, 12)) + word.slice(12)
  }
  const ofId = word => /^[0-9a-f]{3,}$/.test(word) ? state().account.images.find(one => one.names[0] && shown(one.id).startsWith(word)) : undefined
  // Whether an image's id does here what its name does, which is said of the one where the other is refused.
  const isAsNamed = (line, { status }) => !split(line).some(ofId) || status === 0 && /^docker (rmi|history|tag|image (rm|remove|inspect|history|tag)) /.test(line) && split(line).every(word => !ofId(word) || ofId(word).names.length === 1)
  const called = word => {
    for (const one of state().account.containers) {
      if (shown(one.name) === word || /^[0-9a-f]+$/.test(word) && shown(one.id).startsWith(word)) return one.name
    }
    const image = ofId(word)
    if (image) return tagless(image.names[0])
    return names.get(OTHER) === word ? OTHER : tagless(word)
  }
  const answers = (of = state()) => {
    of.known ??= new Map(of.answers.map(one => [normal(one.typed, graph.commands, tagless), one]))
    return of.known
  }

  // What was answered here, and led further than was explored.
  const ofBeyond = line => {
    const those = state().further ??= new Map(state().beyond.map(one => [normal(one.typed, graph.commands, tagless), one]))
    return those.get(normal(line, graph.commands, tagless)) ?? those.get(normal(line, graph.commands, called))
  }

  // What the client answers whatever the state: its version, its help.
  const anywhere = new Map(graph.anywhere.map(one => [normal(one.typed, graph.commands, tagless), one]))

  const folder = anywhere.get("pwd")?.output[0] // the reader's own

  // Docker's own commands, as its help lists them.
  const verbs = new Set(anywhere.get("docker\0--help")?.output.map(line => /^ {2}([a-z-]+)/.exec(line)?.[1]))
  // Whether anything is called so of the kind that a command is about: a volume is no container.
  const isThere = (word, verb) => {
    const { containers, images, volumes, networks } = state().account
    const named = images.flatMap(({ id, names }) => names.map(name => ({ id, name: tagless(name) })))
    const kinds = { volume: volumes, network: networks, image: named, rmi: named, history: named, inspect: [...containers, ...volumes, ...networks, ...named] }
    return (kinds[verb] ?? containers).some(one => shown(one.name) === tagless(word) || /^[0-9a-f]+$/.test(word) && one.id && shown(one.id).startsWith(word))
  }
  // What is removed without force is removed with it: docker says and does the same. A volume that is used stays.
  const ofForce = name => {
    const removed = answers().get(name?.replace(/^(docker\0(?:container|volume) rm\0)--force\0/, "$1"))
    return removed?.status === 0 || removed?.output.join("").includes("volume is in use") ? removed : undefined
  }
  // Who is not asked has said yes.
  const ofYes = name => {
    const asked = /^docker\0[a-z]+ prune\0(--all\0)?--force$/.test(name) && answers().get(name.replace("\0--force", "")), after = asked && graph.states[asked.to]
    const yes = after && isInside(after) && answers(after).get("y")
    return yes ? { ...yes, names: { ...asked.names, ...yes.names } } : undefined
  }
  // What a usual `docker run` asks for: a name for its container, and an image.
  const asked = line => {
    const [, verb, ...words] = line?.split("\0") ?? []
    const name = words.find(word => word.startsWith("--name="))?.slice(7), image = words.find(word => !word.startsWith("-"))
    const usual = words.slice(0, words.indexOf(image)).every(word => USUAL.test(word)) && !words.some(word => /[|<>&;]/.test(word))
    return verb === "container run" && usual ? { name, image } : {}
  }
  const hasImage = image => state().account.images.some(one => one.names.some(known => tagless(known) === image))
  // A name is taken whatever else `docker run` is asked for, once it has found its image.
  const ofTaken = line => {
    const { name, image } = asked(line)
    if (!image || !hasImage(image)) return
    return state().answers.find(one => one.status === 125 && one.typed.startsWith("docker run") && one.output.join("").includes(`The container name "/${name}" is already in use`))
  }
  // What is the name of a container, of a volume or of a network, and of no image, is taken for one in vain.
  const ofNowhere = line => {
    const { image } = asked(normal(line, graph.commands, tagless)), { containers, volumes, networks } = state().account
    const isOther = [...containers, ...volumes, ...networks].some(({ name }) => name === image && !isElse(name) && name !== OTHER)
    const answer = isOther && !hasImage(image) && anywhere.get(normal(`docker run ${NOBODY}`, graph.commands, tagless))
    return answer ? { ...answer, output: answer.output.map(text => text.replaceAll(NOBODY, image)) } : undefined
  }
  // Whatever is not «y» is a no to docker; what a container has not, docker itself first of all, it has not for whatever is asked of it.
  const ofProgram = line => {
    if (asks()) return answers().get("n")
    const [program] = isInside() && !/[|<>&;$`]/.test(line) && split(line) || []
    const isMissing = ({ output: [text, ...more] }) => !more.length && ["not found", "command not found"].some(end => text?.endsWith(`: ${program}: ${end}`))
    const missing = program && graph.states.filter(one => one.entered === state().entered).flatMap(one => one.answers).find(isMissing)
    return missing ? { ...missing, to: here, names: {} } : undefined
  }
  // What a line names, and what that can see: what runs in its networks or has its ports.
  const sight = (name, { account: { containers, images, volumes, networks, cache, files }, prompt, entered }) => {
    const line = `${entered} ${name}`.trim(), named = new Set(line.split(/[\s\0:=/,]/))
    const joined = containers.filter(one => named.has(one.name)).flatMap(one => one.networks)
    const nets = networks.map(one => one.name).filter(one => one !== "bridge" && (named.has(one) || joined.includes(one))).sort()
    const sees = one => USED.test(line) || !ENDED.includes(one.state) && near(one)
    const near = one => ALL.test(line) || one.networks.some(name => nets.includes(name)) || PORTS.test(line) && one.ports.some(text => text.includes("->"))
    const there = containers.filter(one => named.has(one.name) || sees(one))
    const mounted = there.flatMap(one => one.mounts.map(text => text.split(":")[0]))
    const told = ({ name, made, state, written, ports, networks, mounts }) => [MADE_UP.test(name) && !named.has(name) ? "" : name, made, state, written, ports, networks, mounts.filter(text => !UNNAMED.test(text))]
    return [
      entered, prompt.replace(/[0-9a-f]{12}/g, ""),
      there.map(one => JSON.stringify(told(one))).sort(),
      volumes.filter(({ name }) => !UNNAMED.test(name) && (named.has(name) || mounted.includes(name))),
      nets,
      images.filter(one => LAYERS.test(line) || one.names.some(name => named.has(name.split(":")[0]))),
      BUILD.test(line) ? cache : [],
      files
    ]
  }
  // What some looks hang on: where it is the same, so is the answer.
  const hangs = {
    "container port": ({ containers }, called) => containers.filter(one => one.name === called).map(one => [one.made, one.state, one.ports])[0],
    "container top": (account, called) => hangs["container port"]({ containers: account.containers.filter(one => one.state === "running") }, called),
    "image ls": ({ images }) => images,
    "volume ls": ({ volumes }) => volumes.map(one => one.name)
  }
  // The number of a state whose answer to a command stands for that of this one, -1 if there is none.
  const alike = name => {
    const [, verb, called] = name.split("\0")
    const little = !isInside() && hangs[verb]
    if (FILLED_IN.test(name) || !little && !isInside() && !SEEING.test(name)) return -1
    const on = of => JSON.stringify(little ? little(of.account, called) : sight(name, of))
    const stands = (answer, n) => answer && !answer.during && (answer.to === n || entersOnly(answer.to, n)) && !saysWho(answer.output, graph.states[n].account)
    const ours = on(state())
    return graph.states.findIndex((one, n) => stands(answers(one).get(name), n) && on(one) === ours)
  }
  const answered = name => answers().get(name) ?? ofAlike(name)
  const ofAlike = name => {
    const n = name ? alike(name) : -1
    if (n < 0) return
    const found = answers(graph.states[n]).get(name)
    return { ...found, to: found.to === n ? here : entered(found.to), names: {} }
  }
  // All that is answered here, as it was typed.
  const known = () => {
    const elsewhere = graph.states.filter(one => isInside(one) === isInside()).flatMap(one => one.answers.map(({ typed }) => typed))
    const here = state().answers.map(({ typed }) => typed)
    state().all ??= [...new Set([...here, ...elsewhere.filter(typed => alike(normal(typed, graph.commands, tagless)) >= 0)])]
    return state().all
  }
  // All that there is in a state, whatever its order, and whatever ids it has got.
  const account = n => {
    const { containers, images, volumes, networks, cache, files } = graph.states[n].account
    const all = [containers.map(one => ({ ...one, id: "", addresses: [] })), images, volumes, networks.map(one => one.name)]
    const whole = one => JSON.stringify(one).replace(/[0-9a-f]{64}/g, "")
    return JSON.stringify([...all.map(some => some.map(whole).sort()), [...cache].sort(), files])
  }
  // Whether one has only entered a program on the way from one state to another.
  const entersOnly = (to, n) => isInside(graph.states[to]) && !isInside(graph.states[n]) && account(to) === account(n)
  // Adds a state in which a program has been entered here, as it was there; what changed something there is left out.
  const entered = there => {
    const ids = graph.states[there].account.containers.map(({ id, name }) => [id.slice(0, 12), state().account.containers.find(one => one.name === name)?.id.slice(0, 12) ?? ""])
    const text = JSON.stringify({ ...graph.states[there], known: undefined, beyond: [], further: undefined, all: undefined })
    const copy = JSON.parse(ids.reduce((text, [id, ours]) => text.replaceAll(id, ours), text))
    const to = graph.states.length
    copy.answers = copy.answers.filter(one => account(one.to) === account(there)).map(one => ({ ...one, to: one.to === there ? to : here, names: {} }))
    graph.states.push({ ...copy, account: state().account })
    return to
  }
  // Whether something that the recording calls so is called otherwise here.
  const isElse = name => (names.get(name) ?? name) !== name && isRecorded(name)
  const isRecorded = name => [...state().account.containers, ...state().account.images.flatMap(one => one.names.map(name => ({ name: tagless(name) })))].some(one => one.name === name)
  // All that the practice speaks of.
  const spoken = new Set(graph.states.flatMap(one => one.answers.flatMap(({ typed }) => typed.split(/[\s=:]/))))
  // A name that means nothing here is as good as another: what was recorded of «spare» holds for it.
  const ofOther = line => {
    const words = normal(line, graph.commands, called)?.split("\0") ?? []
    const n = ["container rename", "image tag"].includes(words[1]) ? words.length - 1 : words.findIndex(word => word.startsWith("--name="))
    const name = words[n]?.replace("--name=", "")
    if (!name || !/^[a-z0-9][\w.-]+$/.test(name) || spoken.has(name) || isRecorded(OTHER)) return
    words[n] = words[n].replace(name, OTHER)
    const found = answers().get(words.join("\0"))
    if (found) { names.set(OTHER, name); rename() }
    return found
  }
  // This machine has two names: what is fetched is the same.
  const ofMachine = name => {
    if (!/^(docker\0container exec\0.*\0)?curl\0/.test(name)) return
    const twin = name.replace(/\/\/(localhost|127\.0\.0\.1)/, (_, host) => host === "localhost" ? "//127.0.0.1" : "//localhost")
    const found = twin === name ? undefined : answered(twin)
    const isWithout = found?.output[0]?.includes("executable file not found") // whoever has no curl
    return found?.status === 0 || isWithout ? found : undefined
  }
  // The status that a page is answered with is in its headers; who refuses has none.
  const ofStatus = (name, line) => {
    const [, url] = /^curl\0-o\0\/dev\/null\0-w\0%\{http_code\}\\?n\0(\S+)$/.exec(name) ?? []
    const headers = url && split(line).some(isSilent) && ["-i", "-I"].map(option => `curl\0${option}\0${url}`).map(answered).find(one => one)
    if (!headers) return
    const status = /^HTTP\/\S+ (\d+)/.exec(headers.output[0])?.[1] ?? "000"
    return { ...headers, typed: line, output: [status] }
  }
  // Who cannot be found by name cannot be found more often.
  const ofPing = name => {
    const once = /\0-c\0\d/.test(name) && name.replace(/\0-c\0\d+\0/, "\0-c\x001\0"), found = once && answered(once)
    return found && found.output.at(-1)?.includes("bad address") ? found : undefined
  }
  // What several files hold is what each of them holds.
  const ofFiles = name => {
    const [, ...files] = name?.startsWith("cat\0") ? name.split("\0") : []
    const all = files.map(file => answers().get(`cat\0${file}`))
    return all.length > 1 && all.every(one => one?.status === 0) ? { ...all[0], output: all.flatMap(one => one.output) } : undefined
  }
  // Whatever a reader writes into a file, one text was recorded: it is written instead.
  const ofText = line => {
    const words = split(line) ?? [], [sign, file] = words.slice(-2)
    if (words[0] !== "echo" || sign !== ">" || words.slice(1, -2).some(word => /(?<!\\)[|<>&;$]/.test(word))) return
    return state().answers.find(({ typed }) => typed.startsWith("echo ") && typed.endsWith(` > ${file}`))
  }
  // Where nothing is published nobody answers, whatever the port.
  const ofPort = line => {
    const [, port] = /^curl (?:http:\/\/)?localhost:(\d{2,4})\/?$/.exec(line.trim()) ?? []
    const isPublished = state().account.containers.some(one => one.ports.some(text => text.includes(`:${port}->`)))
    const refused = port && !isPublished && graph.states.flatMap(one => one.answers).find(one => one.status === 7 && /^curl http:\/\/localhost:\d+$/.test(one.typed))
    return refused && { ...refused, output: refused.output.map(text => text.replace(/localhost:\d+/, `localhost:${port}`)) }
  }
  // The last lines of a log are those of the whole one; one that is followed goes on while its container runs.
  const ofLog = name => {
    const [, options, of] = /^docker\0container logs\0((?:--follow\0)?(?:--tail=\d+\0)?)([^\0]+)$/.exec(name) ?? []
    const whole = options && answers().get(`docker\0container logs\0${of}`)
    if (whole?.status !== 0) return
    const last = /\d+/.exec(options)?.[0] ?? Infinity
    const output = whole.output.slice(Math.max(0, whole.output.length - last))
    const { account, met } = state()
    const goesOn = options.includes("--follow") && account.containers.some(one => one.name === of && one.state === "running")
    return goesOn ? { ...whole, output: [...output, "^C"], status: 130, during: { before: output.length, account, met } } : { ...whole, output }
  }
  // Where no container uses the only volume that nobody has named, it is what a prune removes.
  const ofNameless = name => {
    const [, typed] = /^docker\0volume rm\0([0-9a-f]{64})$/.exec(name) ?? []
    const pruned = typed && ofYes("docker\0volume prune\0--force"), { containers, volumes } = state().account
    const idle = volumes.filter(one => UNNAMED.test(one.name) && !containers.some(({ mounts }) => mounts.some(mount => mount.startsWith(one.name))))
    return pruned && idle.length === 1 && shown(idle[0].name) === typed ? { ...pruned, output: [typed] } : undefined
  }
  // What is listed in brief is a column of the list.
  const ofQuiet = name => {
    const [, kind] = /^docker\0(container|network|volume) ls\0(?:--all\0)?--quiet$/.exec(name) ?? []
    const list = kind && answered(name.replace("\0--quiet", ""))
    return list ? { ...list, output: list.output.slice(1).map(row => row.split(/\s+/)[kind === "volume" ? 1 : 0]) } : undefined
  }
  // What goes through a pipe.
  const ofPipe = line => {
    const [left, ...programs] = line.split("|").map(part => part.trim())
    const found = programs.length && PIPED.test(left) && (recorded(left, tagless) ?? recorded(left, called))
    if (!found || found.status !== 0 || found.to !== here) return
    const output = programs.reduce((lines, program) => lines && through(program, lines), found.output.map(shown))
    const hasMeter = left.startsWith("curl") && !split(left).some(isSilent)
    return output && { output, hasMeter, status: !output.length && programs.at(-1).startsWith("grep") ? 1 : 0 }
  }
  // Whether an output tells an id that is another each time, or a name that nobody has given.
  const saysWho = (output, { containers, networks }) => {
    const words = [...[...containers, ...networks].map(({ id }) => id.slice(0, 12)), ...containers.map(({ name }) => name).filter(name => MADE_UP.test(name))]
    return words.some(word => output.join("\n").includes(word))
  }
  // What was recorded of a name that nothing has, which is said of any; of a command of Docker's that there is not, and of a slip of the keyboard, too.
  const ofNobody = line => {
    if (line.length > LONG || /["'\\$`|&;<>*?~#(){}]/.test(line)) return
    const words = line.trim().split(/\s+/)
    const said = (...typed) => anywhere.get(normal(typed.join(" "), graph.commands, tagless))
    const told = (answer, word) => answer && { ...answer, output: answer.output.map(text => text.replaceAll(NOBODY, word)) }
    const missing = said(words[0], NOBODY) // a program that the machine has not
    if (missing?.status === 127) return missing
    if (distance(words[0], "docker") < 3 && !words[0].startsWith("docker")) return told(said(NOBODY), words[0])
    if (words[0] === "cat" && words.length === 2 && /^[\w.-]+$/.test(words[1])) {
      const files = state().answers.find(one => one.typed === "ls")?.output.join(" ").split(/\s+/)
      return files && !files.includes(words[1]) ? told(said("cat", NOBODY), words[1]) : undefined
    }
    if (words[0] !== "docker" || words.length < 2 || words[1] === "run") return
    // Who is not there can be asked to run anything.
    const [, asked] = /^docker (?:container )?exec (?:-[itd]+ )*([a-z0-9][a-z0-9_.-]+) \S/.exec(words.join(" ")) ?? []
    if (asked && !isThere(asked, "exec")) return told(said("docker", "exec", NOBODY, "ls"), asked)
    if (/^[a-z]+$/.test(words[1]) && !verbs.has(words[1]) && !words.some(word => word.startsWith("-"))) return told(said("docker", NOBODY), words[1])
    const listed = said("docker", words[1], "--help")?.output ?? [], isKind = / COMMAND$/.test(listed[0])
    const isListed = word => ALIASES.test(word) || listed.some(row => row.startsWith(`  ${word} `))
    if (isKind && /^[a-z]+$/.test(words[2]) && !isListed(words[2]) && !words.some(word => word.startsWith("-"))) return told(said("docker", words[1], NOBODY), words[2])
    for (const [n, word] of words.entries()) {
      const answer = n > (isKind ? 2 : 1) && /^[a-z0-9][a-z0-9_.-]+$/.test(word) && said(...words.map((one, k) => k === n ? NOBODY : one))
      // Where an argument lacks, it does not matter what the others are.
      if (answer && (!isThere(word, words[1]) || / requires | must provide /.test(answer.output[0]))) return told(answer, word)
    }
  }

  // A letter that is no option of a command: it says which, the first of them. Words may be options that its help does not list.
  const ofLetter = line => {
    const words = split(line) ?? [], many = [2, 1].find(many => graph.commands.some(one => one.names.includes(words.slice(1, 1 + many).join(" "))))
    if (words[0] !== "docker" || !many || /[|<>&;]/.test(line) || FILLED_IN.test(line)) return
    const verb = words.slice(1, 1 + many).join(" "), command = graph.commands.find(one => one.names.includes(verb))
    const answer = graph.anywhere.find(({ typed }) => typed.startsWith(`docker ${verb} -`) && /^-\w$/.test(typed.split(" ").at(-1)))
    for (let n = 1 + many; answer && n < words.length; n++) {
      const [, long] = /^--([^=]+)/.exec(words[n]) ?? []
      if (long && !command.options[`--${long}`]) return
      if (long) { n += command.options[`--${long}`].valued && !words[n].includes("="); continue }
      if (!/^-./.test(words[n])) { if (command.ends) return; continue }
      for (let k = 1; k < words[n].length; k++) {
        const known = command.options[`-${words[n][k]}`], told = `'${words[n][k]}' in -${words[n].slice(k)}`
        if (!known) return words[n][k] === "h" ? undefined : { ...answer, output: answer.output.map(text => text.replace(/'\w' in -\w/, () => told)) }
        if (known.valued) { n += k === words[n].length - 1; break }
      }
    }
  }

  const print = (text, className = "output") => {
    // What has no columns is broken into lines on a narrow screen.
    for (const line of text.split("\n")) screen.append(make("span", `${line}\n`, className === "output" && !/ {3}/.test(line) ? "output prose" : className))
    terminal.scrollTop = terminal.scrollHeight
  }
  // A volume that nobody named has 64 digits; the first twelve tell it apart, as they do for containers.
  const brief = text => shown(text).replace(/^([0-9a-f]{12})[0-9a-f]{52}/, "$1…")
  // In a case, ports, mounts and networks are what is to be found, until they are.
  const details = one => {
    if (element.dataset.case && reached < goals.length) return [words.hidden]
    const made = one.networks.filter(name => !ITS_OWN.includes(name)).map(name => words.within.replace("{network}", () => name))
    return [...new Set(one.ports.filter(text => text.includes("->")).map(port)), ...one.mounts.map(brief), ...made]
  }
  const things = () => {
    const { containers, images, volumes, networks } = running ? running.during.account : state().account
    return {
      images: images.map(one => one.names.join(", ") || `<none> · ${shown(one.id.slice(0, 12))}`),
      containers: containers.map(one => [
        shown(one.name),
        (words[one.state] ?? one.state) + (one.exit_code === null ? "" : ` (${one.exit_code})`),
        ...details(one)
      ].join(" · ")),
      volumes: volumes.map(one => brief(one.name)),
      networks: networks.map(one => one.name).filter(name => !ITS_OWN.includes(name))
    }
  }
  const draw = before => {
    const now = things(), changes = []
    world.replaceChildren(...Object.entries(now).map(([kind, all]) => {
      const list = make("ul", "")
      for (const one of all) {
        const isNew = before && !before[kind].includes(one)
        list.append(make("li", one, isNew ? "new" : ""))
        if (isNew) changes.push(`+ ${one}`)
      }
      if (!all.length) list.append(make("li", words.none, "none"))
      for (const one of before?.[kind] ?? []) if (!all.includes(one)) changes.push(`− ${one}`)
      const box = make("div", "")
      box.append(make("h3", words[kind]), list)
      return box
    }))
    change.textContent = changes.join(" · ")
    goals.forEach((goal, n) => {
      const kind = n < reached ? "met" : seen.has(n) ? "early" : ""
      if (before && kind && !goal.classList.contains(kind)) print(`${words[kind]} ${goal.querySelector(".text").textContent}`, "note reached")
      for (const one of ["met", "early"]) goal.classList.toggle(one, one === kind)
      goal.querySelector(".mark").textContent = kind && words[kind]
    })
    if (before && reached === goals.length && !element.classList.contains("done")) print([`${words.over} `, ...counted()].join(""), "note reached")
    element.classList.toggle("done", reached === goals.length)
    form.querySelector(".prompt").textContent = shown(state().prompt)
  }
  const keep = () => { try { localStorage.setItem(key, JSON.stringify(typed)) } catch { /* not kept, then */ } }

  const rename = () => {
    const longest = [...names.keys()].sort((one, other) => other.length - one.length)
    pattern = names.size ? new RegExp(`(?<!\\w)(?:${longest.map(name => name.replace(/\W/g, "\\$&") + (/^[0-9a-f]{12}$/.test(name) ? "[0-9a-f]*" : "")).join("|")})(?!\\w)`, "g") : null
  }
  const follow = answer => {
    names = new Map([
      ...names,
      ...Object.entries(answer.names).map(([there, text]) => [there, names.get(text) ?? text])
    ])
    rename()
    here = answer.to
    reach(state().met, answer.met)
  }
  // What has been printed once stays met, though it counts only in its turn.
  const reach = (met, printed = []) => {
    for (const n of printed) seen.add(n)
    while (reached < goals.length && (met.includes(reached) || seen.has(reached))) reached++
  }
  const end = answer => {
    const before = things()
    running = null
    follow(answer)
    draw(before)
    form.classList.remove("running")
  }
  const asks = () => state().prompt.endsWith("[y/N] ") // Docker itself, whether one is sure
  const unknown = line => {
    change.textContent = ""
    if (/^docker\b/i.test(line) && !line.startsWith("docker")) return print(words.lower, "note")
    const verb = text => text.trim().split(/\s+/).slice(0, 2).join(" ")
    const inside = isInside() // whatever is typed there may be meant
    const right = new Set(leading().map(one => shown(one.typed)))
    const near = (line.length > LONG ? [] : known()).map(shown)
      .filter(one => asks() || (inside || verb(one) === verb(line)) && (!right.has(one) || distance(line, one) < 3))
      .sort((a, b) => distance(line, a) - distance(line, b)).slice(0, asks() ? undefined : 3)
    const isOpen = asks() || inside || reached === goals.length || near.some(one => right.has(one))
    print([words.unexplored, ...near.length ? [isOpen ? words.nearest : words.astray, ...near.map(one => `  ${one}`)] : []].join("\n"), "note")
    offer()
  }
  // The way to a real engine, if there is one.
  const offer = () => {
    if (!element.dataset.engine) return
    screen.querySelector("a")?.remove() // one is enough, for who goes from link to link
    const link = Object.assign(make("a", words.engine), { href: element.dataset.engine })
    screen.append(link, "\n")
    terminal.scrollTop = terminal.scrollHeight
  }
  // The commands that are known here, not how to write them: that is for the reader to find.
  const help = () => {
    const verbs = known().map(typed => {
      const [program, ...rest] = typed.split(" ")
      if (program !== "docker") return program
      const names = graph.commands.flatMap(one => one.names).filter(name => typed.startsWith(`docker ${name}`))
      return `docker ${names.sort((a, b) => b.length - a.length)[0] ?? rest[0]}`
    })
    print([...new Set(verbs)].sort().join("\n"), "note")
  }
  const run = text => {
    const line = plain(text)
    input.placeholder = ""
    screen.append(make("span", shown(state().prompt), "prompt"), make("span", `${line}\n`, "command"))
    if (!line.trim()) return
    past.push(line)
    at = past.length
    if (line.trim() === "clear") return screen.replaceChildren()
    if (line.trim() === "help") return help()
    let isKnown = false
    const meant = folder ? line.replaceAll(folder, "$PWD") : line
    for (const part of recorded(meant, tagless) ? [meant] : parts(meant)) {
      const status = type(part.trim())
      isKnown ||= status !== undefined
      count += status !== undefined
      if (status !== 0) break
    }
    if (isKnown) typed.push(line)
    keep()
  }
  // What was recorded here of a line, or stands for it.
  const recorded = (line, called) => {
    const name = normal(line, graph.commands, called)
    if (isElse(OTHER) && line.split(/[\s=]/).includes(OTHER)) return // it is none of this one's names
    // A folder of one's own may be written in two ways, and so may this machine.
    const twin = answers().get(name?.replace("--volume=./", () => "--volume=$PWD/")) ?? ofMachine(name)
    return answers().get(name) ?? twin ?? ofForce(name) ?? ofYes(name) ?? ofStatus(name, line) ?? ofNameless(name) ?? ofLog(name) ?? ofQuiet(name) ?? ofPing(name) ?? ofFiles(name) ?? ofTaken(name) ?? ofProgram(line) ?? ofAlike(name)
  }
  // Shows what was recorded of a line; returns the exit status, null if nothing can follow yet, undefined if nothing was recorded.
  const type = line => {
    // As it is typed; else with what ids and names stand for: «4» may be the start of an id.
    const asTyped = recorded(line, tagless)
    if (asTyped && !isRecorded(OTHER)) names.delete(OTHER)
    const byId = recorded(line, called)
    const exact = asTyped ?? (byId && isAsNamed(line, byId) ? byId : ofOther(line)), answer = exact ?? ofText(line)
    if (answer && !exact) print(words.instead.replace("{line}", () => answer.typed), "note")
    const beyond = !answer && ofBeyond(line)
    if (beyond) {
      if (beyond.output.length) print(beyond.output.map(shown).join("\n"))
      print(words.beyond, "note")
      offer()
      return null
    }
    const said = !answer && !isInside() && (anywhere.get(normal(line, graph.commands, tagless)) ?? ofLetter(line) ?? ofNobody(line) ?? ofPort(line) ?? ofNowhere(line) ?? ofPipe(line))
    if (said) {
      const before = things(), text = said.output.join("\n")
      if (text) print(text)
      if (said.hasMeter) print(words.meter, "note")
      reach([], words.shows.flatMap((wanted, n) => wanted && `\n${text}\n`.includes(wanted) ? [n] : []))
      draw(before)
      return said.status
    }
    const silent = text => (split(text) ?? []).some(isSilent)
    if (!answer || answer.status && silent(line) !== silent(answer.typed)) return unknown(line)
    // Where a container was called by its id, docker stop and its like say that id again.
    const ids = new Map((asTyped ? [] : split(line)).filter(word => /^[0-9a-f]+$/.test(word)).map(word => [shown(called(word)), word]))
    const lines = answer.output.map(shown).map(text => ids.get(text) ?? text)
    if (!answer.during) {
      if (lines.length) print(lines.join("\n"))
      end(answer)
      return answer.status
    }
    if (answer.during.before) print(lines.slice(0, answer.during.before).join("\n"))
    const before = things()
    running = answer
    form.classList.add("running")
    input.placeholder = words.held
    reach(answer.during.met)
    draw(before)
    return null
  }
  const interrupt = () => {
    if (!running) {
      if (asks()) { input.value = ""; return run("^C") }
      screen.append(make("span", shown(state().prompt), "prompt"), make("span", `${input.value}^C\n`, "command"))
      input.value = ""
      return // a shell just waits again
    }
    input.value = input.placeholder = ""
    const rest = running.output.slice(running.during.before).map(shown)
    if (rest.length) print(rest.join("\n"))
    end(running)
  }

  const reaches = one => one.met.includes(reached) || graph.states[one.to].met.includes(reached)
  // What leads nearer to the next goal: it is for the reader to find, unless it is all but typed.
  const leading = () => {
    const far = next().length
    const isNearer = to => to !== here && next(to).length > 0 && next(to).length < far
    return state().answers.filter(one => reaches(one) || isNearer(one.to))
  }
  // How many commands it took to solve a case, and the fewest that do.
  const counted = () => {
    if (!element.dataset.case) return []
    const from = new Map([["0 0", { n: 0, met: 0, way: [] }]])
    for (const { n, met, way } of from.values()) {
      if (met === goals.length) return [words.count.replace("{count}", count + 1).replace("{least}", way.length), ...way.map(line => `\n  ${shown(line)}`)]
      for (const one of graph.states[n].answers) {
        let after = met
        while (after < goals.length && [...one.met, ...graph.states[one.to].met].includes(after)) after++
        const key = `${one.to} ${after}`
        if (!from.has(key)) from.set(key, { n: one.to, met: after, way: [...way, one.typed] })
      }
    }
    return []
  }

  // The shortest way to the next goal, of which the first command is typed.
  const next = (start = here) => {
    const from = new Map([[start, []]])
    for (const [n, way] of from) {
      for (const one of graph.states[n].answers) {
        if (reaches(one)) return [...way, one.typed]
        if (!from.has(one.to)) from.set(one.to, [...way, one.typed])
      }
    }
    return []
  }
  const begin = lines => {
    here = 0; names = new Map(); pattern = null; reached = 0; seen = new Set(); typed = []; count = 0; running = null; past = []; at = 0
    screen.replaceChildren()
    print(matchMedia("(pointer: coarse)").matches ? words.welcome : `${words.welcome} ${words.keys}`, "note")
    form.classList.remove("running")
    draw()
    for (const line of lines) { run(line); if (running) interrupt() }
    input.value = ""
  }
  const complete = () => {
    const line = input.value
    const all = [...known().map(shown), "clear", "help"].filter(one => one.startsWith(line) && one !== line)
    if (!all.length) return false
    if (offered === line) return false // asked again, Tab leads on, as everywhere
    const shared = all.reduce((one, other) => { let n = 0; while (n < one.length && one[n] === other[n]) n++; return one.slice(0, n) })
    if (shared.length > line.length) input.value = shared
    else {
      print(all.sort().join("\n"), "note")
      offered = line
    }
    return true
  }

  form.addEventListener("submit", event => {
    event.preventDefault()
    if (running) return print(words.held, "note")
    const line = input.value
    input.value = offered = ""
    run(line)
  })
  input.addEventListener("keydown", event => {
    if (event.key === "c" && event.ctrlKey && input.selectionStart === input.selectionEnd) { event.preventDefault(); interrupt() }
    else if (event.key === "u" && event.ctrlKey) { event.preventDefault(); input.value = "" }
    else if (event.key === "l" && event.ctrlKey) { event.preventDefault(); screen.replaceChildren() }
    else if (event.key === "Tab" && !event.shiftKey && input.value && complete()) event.preventDefault()
    else if (["ArrowUp", "ArrowDown"].includes(event.key) && past.length) {
      event.preventDefault()
      at = Math.min(past.length, Math.max(0, at + (event.key === "ArrowUp" ? -1 : 1)))
      input.value = past[at] ?? ""
    }
  })
  terminal.addEventListener("click", () => { if (getSelection().isCollapsed) input.focus({ preventScroll: true }) })
  find("interrupt").addEventListener("click", () => { interrupt(); input.focus() })
  find("reset").addEventListener("click", () => { begin([]); keep(); input.focus() })
  find("show-me").addEventListener("click", () => {
    const [line] = running ? [] : next()
    if (running) interrupt()
    else if (line) run(shown(line))
    input.focus()
  })
  let kept = []
  try { kept = JSON.parse(localStorage.getItem(key) ?? "[]") } catch { /* as if it were the first time */ }
  begin(Array.isArray(kept) ? kept.filter(line => typeof line === "string").slice(0, 500) : [])
  find("desk").hidden = false
}
