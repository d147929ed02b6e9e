"""What site and desk say beyond what pages and practices do, in both languages."""

from __future__ import annotations

from scripts.example import Language

WORDS: dict[str, dict[Language, str]] = {
    "passed": {
        "fr": "Vérifié le {date} avec Docker {version}",
        "en": "Verified on {date} with Docker {version}",
    },
    "stand_ins": {
        "fr": "\u00a0; images de substitution\u00a0: {names}",
        "en": "; stand-in images: {names}",
    },
    "failed": {
        "fr": "Cette étape a échoué à la dernière vérification, le {date}",
        "en": "This step failed when it was last verified, on {date}",
    },
    "observed": {
        "fr": "Affiché le {date} par Docker {version}, un moteur seulement observé",
        "en": "Shown on {date} by Docker {version}, an engine that is only observed",
    },
    "not run hub": {
        "fr": "Non vérifié\u00a0: seule l’image d’origine, sur Docker Hub, permet de le faire",
        "en": "Not verified: only the original image on Docker Hub can answer",
    },
    "not run internet": {
        "fr": "Non vérifié\u00a0: Internet, qu’il faut ici, n’a pas répondu",
        "en": "Not verified: the internet, which this needs, did not answer",
    },
    "not run limits": {
        "fr": "Non vérifié\u00a0: cette machine ne permet pas de limiter ce que prend un conteneur",
        "en": "Not verified: this machine cannot limit what a container uses",
    },
    "not run lost": {
        "fr": "Non vérifié\u00a0: une étape précédente a échoué",
        "en": "Not verified: a step before it failed",
    },
    "other engines": {
        "fr": "D’autres moteurs affichent autre chose",
        "en": "Other engines show something else",
    },
    "all lines": {
        "fr": "Afficher les {number}\u00a0lignes",
        "en": "Show all {number} lines",
    },
    "verified": {"fr": "Vérifié", "en": "Verified"},
    "replay": {"fr": "Rejouer (Docker {version})", "en": "Replay (Docker {version})"},
    "proof": {"fr": "La preuve, en fichier", "en": "The proof, as a file"},
    "question": {
        "fr": "Qu’affiche {command}\u00a0?",
        "en": "What does {command} show?",
    },
    "right": {"fr": "Oui.", "en": "Yes."},
    "wrong": {"fr": "Non\u00a0: c’est ce qu’a affiché", "en": "No: that is what was shown by"},
    "nothing": {"fr": "(rien)", "en": "(nothing)"},
    "my engine": {"fr": "Mon moteur", "en": "My engine"},
    "not available": {"fr": "pas exécuté", "en": "not run"},
    "shows same": {"fr": "pareil", "en": "same"},
    "shows other": {"fr": "{number} autrement", "en": "{number} other"},
    "refuses": {"fr": "{number} refusées", "en": "{number} refused"},
    "no page": {"fr": "Cette page n’existe pas.", "en": "There is no such page."},
    "back home": {"fr": "Retour à l’accueil", "en": "Back to the home page"},
    "proven": {
        "fr": "Terminaux vérifiés sur cette page\u00a0: {passed} sur {number}, le {date} "
        "avec Docker {version}",
        "en": "Terminals verified on this page: {passed} of {number}, on {date} "
        "with Docker {version}",
    },
    "search": {"fr": "Recherche", "en": "Search"},
    "take along": {"fr": "À emporter\u00a0:", "en": "To take along:"},
    "take zip": {
        "fr": "tout le site, à lire sans Internet (ZIP)",
        "en": "the whole site, to read without the internet (ZIP)",
    },
    "take pdf": {"fr": "l’aide-mémoire, à imprimer (PDF)", "en": "the cheat sheet, to print (PDF)"},
    "and": {"fr": " et ", "en": " and "},
    "engine": {"fr": "Moteur", "en": "Engine"},
    "unknown": {
        "fr": "Non vérifié dans cette version du site",
        "en": "Not verified in this build of the site",
    },
    "stand_in_note": {
        "fr": "Image faite pour la vérification, qui se comporte ici comme l’originale",
        "en": "An image made for verification, which behaves here as the original does",
    },
    "command": {"fr": "Commande", "en": "Command"},
    "purpose": {"fr": "Ce qu’elle fait", "en": "What it does"},
    "solution": {"fr": "Solution", "en": "Solution"},
    "hint": {"fr": "Un indice", "en": "A hint"},
    "screen": {"fr": "Écran du terminal", "en": "Screen of the terminal"},
    "terminal": {"fr": "Terminal", "en": "Terminal"},
    "type a command": {
        "fr": "tapez une commande, puis Entrée",
        "en": "type a command, then Enter",
    },
    "type here": {"fr": "Votre commande", "en": "Your command"},
    "show me": {"fr": "Montrez-moi", "en": "Show me"},
    "reset": {"fr": "Recommencer", "en": "Start again"},
    "goals": {"fr": "Objectifs, l’un après l’autre", "en": "Goals, one after the other"},
    "reached": {"fr": "Tous les objectifs sont atteints.", "en": "All goals are reached."},
    "explored": {
        "fr": "{answers} réponses enregistrées le {date} avec Docker {version}",
        "en": "{answers} answers recorded on {date} with Docker {version}",
    },
    "explored stand-ins": {
        "fr": ", avec des images faites pour ce site à la place de celles de Docker Hub",
        "en": ", on images made for this site in place of Docker Hub’s",
    },
    "practice images": {"fr": "Images", "en": "Images"},
    "practice containers": {"fr": "Conteneurs", "en": "Containers"},
    "practice volumes": {"fr": "Volumes", "en": "Volumes"},
    "practice networks": {"fr": "Réseaux", "en": "Networks"},
    "practice none": {"fr": "rien", "en": "nothing"},
    "practice met": {"fr": "✓ atteint\u00a0:", "en": "✓ reached:"},
    "practice early": {
        "fr": "déjà fait, et coché dès que l’objectif d’avant le sera\u00a0:",
        "en": "done already, and ticked as soon as the goal before it is:",
    },
    "practice count": {
        "fr": "Commandes tapées, y compris celles qui ne font que regarder\u00a0: {count}. "
        "Le plus court, une fois la cause connue\u00a0: {least}.",
        "en": "Commands typed, those that only look included: {count}. "
        "The shortest way, once the cause is known: {least}.",
    },
    "practice hidden": {"fr": "le reste est à trouver", "en": "the rest is to be found"},
    "practice within": {"fr": "dans {network}", "en": "in {network}"},
    "practice created": {"fr": "créé", "en": "created"},
    "practice running": {"fr": "en marche", "en": "running"},
    "practice paused": {"fr": "en pause", "en": "paused"},
    "practice exited": {"fr": "arrêté", "en": "exited"},
    "practice unexplored": {
        "fr": "Cette commande n’a pas encore été essayée sur un vrai moteur dans la situation où "
        "vous êtes, et cette page n’invente pas de réponse.",
        "en": "This command has not been tried on a real engine in the situation you are in, "
        "and this page makes no answer up.",
    },
    "practice beyond": {
        "fr": "C’est toute la réponse du moteur. La suite n’a pas été enregistrée\u00a0: "
        "dans ce terminal, rien n’a changé.",
        "en": "That is the engine’s whole answer. What comes after it was not recorded: "
        "in this terminal, nothing has changed.",
    },
    "practice nearest": {
        "fr": "Lignes proches, déjà essayées\u00a0:",
        "en": "Near to it, these were tried:",
    },
    "practice astray": {
        "fr": "Lignes proches, déjà essayées\u00a0; aucune ne mène à l’objectif suivant\u00a0:",
        "en": "Near to it, these were tried; none of them leads to the next goal:",
    },
    "practice instead": {
        "fr": "Un seul texte a été enregistré ici\u00a0; à la place du vôtre, "
        "cette ligne a été tapée\u00a0: {line}",
        "en": "One text only was recorded here; in place of yours, this line was typed: {line}",
    },
    "practice meter": {
        "fr": "Suivi de |, curl affiche aussi sa progression, omise ici\u00a0; "
        "avec -s, il ne l’affiche pas.",
        "en": "Followed by |, curl also shows how it gets on, which is left out here; "
        "with -s it does not.",
    },
    "practice lower": {
        "fr": "Les commandes s’écrivent en minuscules.",
        "en": "Commands are written in lower case.",
    },
    "practice welcome": {
        "fr": "help montre les commandes que ce terminal connaît, clear efface l’écran.",
        "en": "help shows the commands that this terminal knows, clear empties the screen.",
    },
    "practice keys": {
        "fr": "Tab complète, ↑ rappelle la commande d’avant.",
        "en": "Tab completes, ↑ brings back the command before.",
    },
    "practice held": {
        "fr": "Le programme occupe ce terminal\u00a0: Ctrl+C l’arrête.",
        "en": "The program holds this terminal: Ctrl+C ends it.",
    },
    "practice over": {
        "fr": "Tous les objectifs sont atteints.",
        "en": "All goals are reached.",
    },
    "desk words": {
        "fr": "goals\u00a0: les objectifs. hint\u00a0: un indice. solution. "
        "reset\u00a0: recommencer. next\u00a0: l’exercice suivant. exit\u00a0: partir.",
        "en": "goals: the goals again. hint: a hint. solution. "
        "reset: start again. next: the next practice. exit: leave.",
    },
    "desk next": {
        "fr": "next passe à l’exercice suivant, exit s’en va.",
        "en": "next goes on to the next practice, exit leaves.",
    },
    "desk none left": {
        "fr": "Tous les exercices sont faits\u00a0; --reset les reprend du début.",
        "en": "All practices are done; --reset begins anew.",
    },
    "tab": {"fr": "Un moteur dans cet onglet", "en": "An engine in this tab"},
    "in a tab": {"fr": "dans un onglet", "en": "in a tab"},
    "tab start": {
        "fr": "Démarrer le moteur ({size}\u00a0Mo, puis {later} en arrière-plan)",
        "en": "Start the engine ({size}\u00a0MB, then {later} in the background)",
    },
    "tab stop": {"fr": "Arrêter le chargement", "en": "Stop loading"},
    "tab port": {"fr": "Port de la machine", "en": "Port of the machine"},
    "tab path": {"fr": "Chemin", "en": "Path"},
    "tab look": {"fr": "Voir la page", "en": "See the page"},
    "tab page": {
        "fr": "La page du port publié",
        "en": "The page of the published port",
    },
    "tab inside": {
        "fr": "Docker Engine {engine}, noyau Linux {kernel}, {memory}\u00a0Mo de mémoire, sans "
        "réseau vers l’extérieur",
        "en": "Docker Engine {engine}, Linux kernel {kernel}, {memory}\u00a0MB of memory, no "
        "network to the outside",
    },
    "tab no script": {
        "fr": "Sans JavaScript, votre navigateur ne peut pas faire tourner de machine. Les "
        "sessions de chaque page, elles, se lisent sans lui.",
        "en": "Without JavaScript your browser cannot run a machine. The sessions on every page "
        "can be read without it.",
    },
    "tab missing": {
        "fr": "Cet exemplaire du site a été construit sans le moteur\u00a0: make tab le "
        "fabrique. En attendant, les terminaux des pages «\u00a0S’exercer\u00a0» répondent, eux "
        "aussi, ce qu’a répondu un vrai moteur.",
        "en": "This copy of the site was built without the engine: make tab makes it. "
        "Meanwhile the terminals of the Practise pages answer what a real engine answered, too.",
    },
    "tab kernel": {"fr": "cette configuration", "en": "this configuration"},
    "tab programs": {
        "fr": "Les {number}\u00a0paquets et leurs versions",
        "en": "The {number} packages and their versions",
    },
    "program": {"fr": "Paquet", "en": "Package"},
    "version": {"fr": "Version", "en": "Version"},
    "tab loading": {
        "fr": "Chargement\u00a0: {done}\u00a0Mo sur {size}",
        "en": "Loading: {done} of {size}\u00a0MB",
    },
    "tab progress": {"fr": "Chargement", "en": "Loading"},
    "tab restored": {
        "fr": "La machine est là, le moteur se réveille…",
        "en": "The machine is there, the engine wakes up…",
    },
    "tab ready": {
        "fr": "Prêt. Tout ce que vous tapez reste dans cet onglet.",
        "en": "Ready. Whatever you type stays in this tab.",
    },
    "tab failed": {
        "fr": "Le moteur n’a pas pu démarrer\u00a0: il lui faut environ 1\u00a0Go de mémoire et un "
        "navigateur récent. Les terminaux des pages «\u00a0S’exercer\u00a0» marchent partout.",
        "en": "The engine could not start: it needs about 1\u00a0GB of memory and a recent "
        "browser. The terminals of the Practise pages work everywhere.",
    },
    "tab stopped": {
        "fr": "Chargement arrêté. Ce qui est arrivé est gardé pour la prochaine fois.",
        "en": "Loading has stopped. What has come is kept for next time.",
    },
    "tab lost": {
        "fr": "Le réseau ne répond pas\u00a0; une partie du disque manque encore, nouvel essai…",
        "en": "The network does not answer; a part of the disk is still missing, trying again…",
    },
    "tab phone": {
        "fr": "Sur un téléphone, le moteur peut manquer de mémoire\u00a0; un ordinateur convient "
        "mieux.",
        "en": "On a phone the engine may run out of memory; a computer does better.",
    },
    "tab no wasm": {
        "fr": "Ce navigateur ne connaît pas WebAssembly, qu’il faut au moteur. Les terminaux des "
        "pages «\u00a0S’exercer\u00a0» marchent sans lui.",
        "en": "This browser has no WebAssembly, which the engine needs. The terminals of the "
        "Practise pages work without it.",
    },
    "tab no cache": {
        "fr": "Le moteur ne peut tourner que sur une page servie en https, ou par cette machine. "
        "Les terminaux des pages «\u00a0S’exercer\u00a0» marchent ailleurs aussi.",
        "en": "The engine can only run on a page served by https, or by this machine. The "
        "terminals of the Practise pages work elsewhere, too.",
    },
    "tab no memory": {
        "fr": "Cet appareil n’a pas assez de mémoire pour le moteur (environ 1,5\u00a0Go). Les "
        "terminaux des pages «\u00a0S’exercer\u00a0» marchent partout.",
        "en": "This device has too little memory for the engine (about 1.5\u00a0GB). The terminals "
        "of the Practise pages work everywhere.",
    },
    "tab asking": {"fr": "Demande en cours…", "en": "Asking…"},
    "tab silent": {
        "fr": "Rien ne répond. Les programmes démarrent lentement ici\u00a0: réessayez dans un "
        "moment.",
        "en": "Nothing answers. Programs start slowly here: try again in a moment.",
    },
    "practice engine": {
        "fr": "Ouvrir un vrai moteur dans votre navigateur",
        "en": "Open a real engine in your browser",
    },
    "practice lab": {
        "fr": "Pour essayer tout le reste\u00a0: sur une machine Linux, dans une copie du projet "
        "de ce site, la commande make practise ouvre un vrai moteur, qui disparaît ensuite.",
        "en": "To try everything else: on a Linux machine, in a copy of this site’s project, "
        "the command make practise opens a real engine, which is gone afterwards.",
    },
    "seconds": {"fr": "{number}\u00a0s", "en": "{number}\u00a0s"},
    "not measured": {"fr": "(non mesuré)", "en": "(not measured)"},
    "example": {"fr": "Exemple", "en": "Example"},
    "verdict": {"fr": "Résultat", "en": "Verdict"},
    "steps": {"fr": "Étapes", "en": "Steps"},
    "duration": {"fr": "Durée", "en": "Time"},
    "images": {"fr": "Images", "en": "Images"},
    "date": {"fr": "Date", "en": "Date"},
    "code": {"fr": "Code", "en": "Code"},
    "why": {"fr": "Pourquoi", "en": "Why"},
    "page": {"fr": "Page", "en": "Page"},
    "verdict passed": {"fr": "vérifié", "en": "verified"},
    "verdict failed": {"fr": "échec", "en": "failed"},
    "verdict not run": {"fr": "non vérifié", "en": "not verified"},
    "stood in": {"fr": "\u00a0(substitut)", "en": "\u00a0(stand-in)"},
    "summary": {
        "fr": "{examples} exemples, {steps} étapes et {commands} commandes vérifiés le {date} "
        "avec Docker {version}",
        "en": "{examples} examples, {steps} steps and {commands} commands verified on {date} "
        "with Docker {version}",
    },
    "no_summary": {
        "fr": "Cette version du site a été construite sans vérification",
        "en": "This build of the site was made without verification",
    },
}


def say(key: str, language: Language, **values: object) -> str:
    """Return a phrase in a language, with values filled in."""
    return WORDS[key][language].format(**values)
