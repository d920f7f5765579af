"""How a secret in plain text looks: by the name of what holds it, by its own form, and in a command. Nothing here says a value."""

import re
import shlex
from collections.abc import Iterator, Sequence


def _all(words: str) -> frozenset[str]:
    return frozenset(words.split())


SECRET = _all(
    "SECRET SECRETS PASSWORD PASSWORDS PASSWD PASSPHRASE PASSCODE PASS PWD TOKEN CREDENTIAL CREDENTIALS CREDS APIKEY AUTH"
)
# Written as one word with what comes before, e.g. PGPASSWORD.
GLUED = re.compile(r".+(PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|APIKEY|ACCESSKEY|PRIVATEKEY|PWD)")
# A key is a secret with one of these before it; a sort key or a public key is none.
KEYS = _all(
    "API ACCESS PRIVATE SECRET SIGNING ENCRYPTION MASTER ACCOUNT AUTH SESSION LICENSE SERVICE DEPLOY SSH CLIENT HMAC JWT"
)
# After the word: the value is about the secret, or says where it is.
ABOUT = _all(
    "FILE FILES PATH PATHS DIR DIRECTORY FOLDER MOUNT VOLUME LOCATION NAME NAMES NAMESPACE REF REFS REFERENCE URL URI ENDPOINT HOST PORT "
    "ARN ID IDS TTL LIMIT LIMITS COUNT COUNTS MAX MIN SIZE LENGTH LEN EXPIRY EXPIRES EXPIRATION TIMEOUT SECONDS MINUTES HOURS DAYS "
    "AGE INTERVAL PERIOD ROTATION POLICY ENABLED DISABLED REQUIRED TYPE KIND FORMAT ALGORITHM VERSION PROVIDER MANAGER STORE BACKEND "
    "ISSUER AUDIENCE SCOPE SCOPES HEADER FIELD PREFIX SUFFIX BUDGET RATE PER BATCH THROUGHPUT WINDOW INDEX SOURCE METHOD MODE USER "
    "USERNAME ROLE ROLES"
)
# Before the word: tokens of language, not of access; passes over data.
NO_ACCESS = _all(
    "MAX MIN NUM N NEW PAD EOS BOS UNK SEP CLS MASK STOP SPECIAL START END FIRST SECOND NEXT LAST INPUT OUTPUT PROMPT IMAGE AUDIO "
    "VOCAB TOTAL SKIP ADD SPLIT SINGLE ONE TWO TEST FORWARD BACKWARD"
)
WEAK = frozenset({"TOKEN", "PASS"})
# The shell's own, and no password.
FOLDERS = frozenset({"PWD", "OLDPWD"})

# A value that only points: Kubernetes' $(NAME), an expression of Argo's, an address in a store of secrets, a path.
POINTER = re.compile(
    r"\$\([^)]*\)|\{\{.*\}\}|(arn|vault|op|ref\+[a-z]+|ssm|secretsmanager|secretref|file):\S+|(/[\w.-]+){2,}/?",
    re.DOTALL,
)
SWITCH = re.compile(r"true|false|yes|no|on|off|none|null", re.IGNORECASE)
NUMBER = re.compile(r"-?\d{1,9}(\.\d+)?")

FORMS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY( BLOCK)?-----")),
    ("an AWS access key", re.compile(r"\b(AKIA|ASIA)[A-Z0-9]{16}\b")),
    (
        "a token",
        re.compile(
            r"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_\w{30,}|\bglpat-[\w-]{20,}|\bhf_[A-Za-z0-9]{30,}|\bnvapi-[\w-]{30,}"
            r"|\bsk-[A-Za-z0-9_-]{20,}|\b[sr]k_live_[A-Za-z0-9]{16,}|\bxox[abprs]-[\w-]{10,}|\bAIza[\w-]{35}|\bnpm_[A-Za-z0-9]{36}"
            r"|\bpypi-AgE[\w-]{40,}|\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,}"
        ),
    ),
)
# Each begins where a word does: from every letter of a long one, it would take the square of its length.
URL = re.compile(
    r"(?<![A-Za-z0-9+.-])[A-Za-z0-9+.-]+://[^\s/?#@:]*:([^\s/?#@]+)@|(?<![\w.-])[\w.-]+:([^\s:@/]+)@(?:tcp|unix)\("
)
# libpq's, JDBC's and .NET's connection strings, queries of URLs, JSON.
PAIR = re.compile(r"""(?<![\w.-])["']?([\w.-]+)(?:["']\s*:\s*|["']?=)["']?([^\s"'&;,]+)""")
HEADER = re.compile(r"(?:^|authorization\s*:\s*)(?:basic|bearer|token)\s+([^\s\"']{8,})", re.IGNORECASE)

FLAG = re.compile(r"--?([A-Za-z][\w.-]*)(?:=(.*))?", re.DOTALL)
ASSIGNMENT = re.compile(r"([A-Za-z_]\w*)=(.+)", re.DOTALL)
PAIR_FLAGS = ("-u", "--user", "--proxy-user")
# Program -> the flag of one letter that its password follows, in the same word or, for some, in the next.
SHORT_FLAGS = {
    "sshpass": "-p",
    "redis-cli": "-a",
    "mysql": "-p",
    "mysqldump": "-p",
    "mysqladmin": "-p",
    "mariadb": "-p",
}
APART = frozenset({"sshpass", "redis-cli"})


def is_named(name: str) -> bool:
    """Whether a name says that its value is a secret."""
    return bool(_word(name))


def is_held(name: str, value: str) -> bool:
    """Whether a value under a name is a secret in plain text by that name."""
    word = _word(name)
    if not word or not value.strip() or POINTER.fullmatch(value.strip()) or SWITCH.fullmatch(value.strip()):
        return False
    # Nobody is let in by a small number; a password may well be one.
    return word not in WEAK or NUMBER.fullmatch(value.strip()) is None


def form_of(value: str) -> str:
    """What a value has the form of or contains, e.g. `a URL with a password`; "" where it is nothing known."""
    for form, pattern in FORMS:
        if pattern.search(value):
            return form
    if any(_plain(one.group(1) or one.group(2)) for one in URL.finditer(value)):
        return "a URL with a password"
    if any(_plain(one.group(1)) for one in HEADER.finditer(value)):
        return "an authorization"
    if any(_is_given(one.group(1), one.group(2)) for one in PAIR.finditer(value)):
        return "a connection with a password"
    return ""


def in_command(arguments: Sequence[str]) -> Iterator[str]:
    """Names of the flags and variables of a command that are given a secret in plain text."""
    words = [word for argument in arguments for word in _words(argument)]
    found: dict[str, None] = {}
    for index, word in enumerate(words):
        after = words[index + 1] if index + 1 < len(words) else ""
        if flag := FLAG.fullmatch(word):
            value = flag.group(2) if flag.group(2) is not None else "" if after.startswith("-") else after
            # What stands in the next word is seen there.
            inner = ASSIGNMENT.fullmatch(flag.group(2) or "")
            if _is_given(flag.group(1), value) or (inner and _is_given(inner.group(1), inner.group(2))):
                found[word.partition("=")[0]] = None
        elif (given := ASSIGNMENT.fullmatch(word)) and _is_given(given.group(1), given.group(2)):
            found[given.group(1)] = None
        if word in PAIR_FLAGS and re.fullmatch(r"[^:\s]+:[^\s]+", after) and not re.fullmatch(r"\d+:\d+", after):
            password = after.partition(":")[2]
            if _plain(password):
                found[word] = None
        program = word.rpartition("/")[2]
        if program in SHORT_FLAGS and _follows(words[index + 1 :], program):
            found[SHORT_FLAGS[program]] = None
    yield from found


def _word(name: str) -> str:
    """The word of a name that says its value is a secret; "" where none does."""
    spread = re.sub(r"([a-z0-9])([A-Z])|(?<=[A-Z])([A-Z][a-z]{2})", _apart, name)
    words = [word for word in re.split(r"[^A-Z0-9]+", spread.upper()) if word]
    if len(words) == 1 and words[0] in FOLDERS:
        return ""
    for index, word in enumerate(words):
        before = words[index - 1] if index else ""
        key = word in ("KEY", "KEYS") and before in KEYS
        glued = GLUED.fullmatch(word)
        if not (word in SECRET or glued or key):
            continue
        output = "KEY" if key else glued.group(1) if glued and word not in SECRET else word
        language = output in WEAK and (
            before in NO_ACCESS or (glued is not None and word.removesuffix(output) in NO_ACCESS)
        )
        # "PASS" alone counts things that pass.
        if ABOUT.isdisjoint(words[index + 1 :]) and not language and not (word == "PASS" and not before):
            return output
    return ""


def _apart(found: re.Match[str]) -> str:
    """Where a word of a name begins: `accessKeyIDName` is four words and a name of a key's ID, none of one."""
    before, first, after_capitals = found.groups()
    return f"_{after_capitals}" if after_capitals else f"{before}_{first}"


def _words(argument: str) -> list[str]:
    """An argument as the words that a shell would make of it, if it is a command of its own."""
    if not re.search(r"\s", argument):
        return [argument]
    try:
        return shlex.split(argument)
    except ValueError:
        return argument.split()


def _is_given(name: str, value: str) -> bool:
    return is_held(name, value) and _plain(value) and not _code(name, value)


def _code(name: str, value: str) -> bool:
    """Whether a name is given the value of an expression of a program, e.g. `token=os.environ["TOKEN"]`."""
    last = value.rstrip(",;)").rpartition(".")[2].lower()
    return re.match(r"[A-Za-z_][\w.]*[(\[]", value) is not None or last == name.lower()


def _plain(value: str) -> bool:
    """Whether a value inside of a command or of a longer text is written out, and not put in by a shell or by Kubernetes."""
    return bool(value) and not value.startswith(("$", "`", "{{", "<")) and value.strip("*xX.") != ""


def _follows(words: Sequence[str], program: str) -> bool:
    short = SHORT_FLAGS[program]
    for word, after in zip(words, [*words[1:], ""], strict=True):
        if word == short:
            # Where the next word is not its value, it asks for the password at a terminal.
            return program in APART and _plain(after)
        if word.startswith(short) and not word.startswith("--"):
            return _plain(word[len(short) :])
        if word in (";", "&&", "||", "|"):
            return False
    return False
