"""A real Neo4j server on this machine without Docker: Neo4j Community, started from its published Java archives.

    server = start(home)          # fetches the archives once, starts, waits until it answers
    server.bolt_uri               # bolt://127.0.0.1:…
    stop(home)                    # by process id, and only if that process is still the one that was started

A home holds one server: its database under `data/`, its log under `logs/`, what runs in `run/wattgraph.json`.
The server listens on 127.0.0.1 only. This file knows nothing of the driver: it runs servers, it does not ask them.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from urllib.parse import urlencode

from graph.errors import ServerError

if sys.platform != "win32":
    import fcntl

NEO4J = "5.26.25"
NEO4J_BROWSER = "5.24.0"


@dataclass(frozen=True, slots=True)
class Release:
    """A release of Neo4j, the Graph Data Science that goes with it, the Java it runs on, and its main class."""

    neo4j: str
    gds: str
    java: tuple[int, ...]
    main_class: str

    @property
    def artifacts(self) -> tuple[tuple[str, str, str], ...]:
        """Group, name and version of its archives."""
        return (
            ("org.neo4j", "neo4j", self.neo4j),
            ("org.neo4j.app", "neo4j-server", self.neo4j),
            ("org.neo4j.client", "neo4j-browser", NEO4J_BROWSER),
            ("org.neo4j.gds", "proc", self.gds),
            ("org.neo4j.gds", "opengds-extension", self.gds),
        )

    @property
    def java_named(self) -> str:
        return " or ".join(map(str, self.java))


LTS = Release(NEO4J, "2.13.9", (17, 21), "org.neo4j.server.CommunityEntryPoint")
RELEASES: Mapping[str, Release] = {
    "5.26": LTS,
    "2026": Release("2026.05.0", "2.26.0", (21, 25), "org.neo4j.server.Neo4jCommunity"),
}

# Neo4j reaches into these; without them it fails on the first native buffer.
OPENED_TO_NEO4J = ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")

HOME_FOLDERS = ("conf", "data", "logs", "plugins", "import", "lib", "licenses", "run")

JVM_FOLDERS = (
    "/usr/lib/jvm/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    str(Path.home() / ".sdkman/candidates/java/*"),
)

GET_MAVEN = "Install Maven (Debian, Ubuntu: apt-get install maven; macOS: brew install maven)."

PORT_TAKEN = "already in use"
STACK_FRAME = re.compile(r"\s*(at |\.\.\. \d+ more)")
FETCH_SECONDS = 1800
TERM_SECONDS = 20
LAST_LINES = 12
HEAP = "2g"


@dataclass(frozen=True, slots=True, kw_only=True)
class Neo4jServer:
    """A server that `start` brought up; `auth`: whether it asks for a user and a password."""

    home: Path
    pid: int
    bolt_port: int
    http_port: int
    auth: bool = False

    @property
    def bolt_uri(self) -> str:
        return f"bolt://127.0.0.1:{self.bolt_port}"

    @property
    def http_url(self) -> str:
        return f"http://127.0.0.1:{self.http_port}"

    @property
    def browser_url(self) -> str:
        """Opens Neo4j Browser on this server; without auth it connects by itself."""
        parameters = {"connectURL": self.bolt_uri} | ({} if self.auth else {"preselectAuthMethod": "NO_AUTH"})
        return f"{self.http_url}/browser/?{urlencode(parameters, safe=':/')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrowserSettings:
    """What Neo4j Browser does once it is connected, and from which hosts it plays guides and styles."""

    commands: str = ""
    hosts: tuple[str, ...] = ("127.0.0.1", "localhost")

    def settings(self) -> Iterator[tuple[str, str]]:
        yield "browser.remote_content_hostname_whitelist", ",".join(self.hosts)
        if self.commands:
            yield "browser.post_connect_cmd", self.commands


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """The arguments of `start`, which explains each."""

    bolt_port: int | None
    http_port: int | None
    gds: bool
    heap: str
    auth: bool
    browser: BrowserSettings
    release: Release
    wait_seconds: float
    settings: Mapping[str, str]


# --- what callers use ---------------------------------------------------------------------------------------------


def start(
    home: Path,
    *,
    bolt_port: int | None = None,
    http_port: int | None = None,
    gds: bool = False,
    heap: str = HEAP,
    auth: bool = False,
    browser: BrowserSettings | None = None,
    release: Release = LTS,
    wait_seconds: float = 120,
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Neo4jServer:
    """The server of `home`, started unless it runs already (then with the options it was started with).

    A port that is None is chosen among the free ones. `gds` adds Graph Data Science, `heap` is written as the JVM
    reads it. With `auth` the first login is neo4j/neo4j and asks for a new password. `settings` of Neo4j are added to
    those that the server has anyway.

    Returns once this very process has said that it listens on its ports. Raises ServerError, and then no process
    is left behind.
    """
    options = _Options(
        bolt_port=bolt_port,
        http_port=http_port,
        gds=gds,
        heap=heap,
        auth=auth,
        browser=browser or BrowserSettings(),
        release=release,
        wait_seconds=wait_seconds,
        settings=settings,
    )
    if os.name != "posix":
        raise ServerError("A local Neo4j is started on Linux and macOS only.", remedy="Use `docker compose up`.")
    home = home.expanduser().resolve()
    _make_folders(home)
    with _locked(home / "run" / "wattgraph.lock"):
        return status(home) or _start_afresh(home, options)


def status(home: Path) -> Neo4jServer | None:
    """The server of `home` if its process runs, else None."""
    home = home.expanduser().resolve()
    server, born = _read_state(home)
    return server if server and born and _born(server.pid) == born else None


def stop(home: Path) -> bool:
    """Stops the server of `home`: asks it first, ends it after 20 seconds. False if none ran.

    A process that merely has the same id as a server of the past is left alone.
    """
    home = home.expanduser().resolve()
    server, born = _read_state(home)
    if server is None or born is None:
        return False
    ran = _end(server.pid, born)
    _state_file(home).unlink(missing_ok=True)
    return ran


def cache_folder() -> Path:
    """Where the archives are kept: WATTGRAPH_CACHE, else ~/.cache/wattgraph."""
    return Path(os.environ.get("WATTGRAPH_CACHE") or "~/.cache/wattgraph").expanduser().resolve()


def find_java(release: Release = LTS) -> Path:
    """The `java` of a JDK or JRE that a release runs on: under JAVA_HOME, on PATH, or in the usual JVM folders."""
    seen: list[str] = []
    for java in _javas():
        version = _java_version(java)
        if version in release.java:
            return java
        if version:
            seen.append(f"{java} is Java {version}")
    seen_text = f" ({'; '.join(dict.fromkeys(seen))})" if seen else ""
    raise ServerError(
        f"Neo4j {release.neo4j} needs Java {release.java_named}, and there is none{seen_text}.",
        remedy=_get_java(release),
    )


def _get_java(release: Release) -> str:
    oldest = release.java[0]
    return (
        f"Install Java {release.java_named} (Debian, Ubuntu: apt-get install openjdk-{oldest}-jre-headless; "
        f"macOS: brew install openjdk@21), or set JAVA_HOME to one."
    )


def find_maven() -> Path:
    maven = shutil.which("mvn")
    if maven is None:
        raise ServerError("Maven is missing; it fetches Neo4j's Java archives.", remedy=GET_MAVEN)
    return Path(maven)


# --- starting -----------------------------------------------------------------------------------------------------


def _start_afresh(home: Path, options: _Options) -> Neo4jServer:
    for port in (options.bolt_port, options.http_port):
        if port is not None:
            _check_free(port)
    java = find_java(options.release)
    jars = fetch_jars(java, options.release)
    _lay_plugins(home, jars, options)
    # Another program may take a free port in the seconds before Neo4j does.
    for attempt in (1, 2, 3):
        try:
            return _launch(home, _java_command(java, jars, home, options), options)
        except ServerError as error:
            if attempt == 3 or PORT_TAKEN not in error.message:
                raise
    raise AssertionError("unreachable")


def _launch(home: Path, command: list[str], options: _Options) -> Neo4jServer:
    bolt_port, http_port = options.bolt_port or _free_port(), options.http_port or _free_port()
    (home / "conf" / "neo4j.conf").write_text(_configuration(bolt_port, http_port, options), encoding="utf-8")
    pid = _spawn(command, _log_file(home))
    server = Neo4jServer(home=home, pid=pid, bolt_port=bolt_port, http_port=http_port, auth=options.auth)
    born = _born(pid)
    try:
        # Written before the wait: after a kill the next command can still stop the server.
        _write_state(server, born)
        _wait_until_started(server, born, options.wait_seconds)
    except BaseException:
        if born:
            _end(pid, born)
        _state_file(home).unlink(missing_ok=True)
        raise
    return server


def _spawn(command: list[str], log: Path) -> int:
    """The process id. The server outlives us, hears no Ctrl-C of our terminal, and is nobody's zombie."""
    detach = '"$@" >"$0" 2>&1 </dev/null & echo "$!"'
    spawned = subprocess.run(
        ["/bin/sh", "-c", detach, str(log), *command],
        stdout=subprocess.PIPE,
        start_new_session=True,
        check=True,
    )
    return int(spawned.stdout)


def _java_command(java: Path, jars: Path, home: Path, options: _Options) -> list[str]:
    class_path = [f"{jars}/lib/*", *([f"{jars}/gds/*"] if options.gds else [])]
    return [
        str(java),
        f"-Xmx{options.heap}",
        *(f"--add-opens=java.base/{package}=ALL-UNNAMED" for package in OPENED_TO_NEO4J),
        "-Dio.netty.tryReflectionSetAccessible=true",
        "-cp",
        ":".join(class_path),
        options.release.main_class,
        f"--home-dir={home}",
        f"--config-dir={home}/conf",
        # Else it takes itself for a daemon and says nothing on its standard output.
        "--console-mode",
    ]


def _configuration(bolt_port: int, http_port: int, options: _Options) -> str:
    settings = neo4j_settings(bolt_port, http_port, gds=options.gds, auth=options.auth, browser=options.browser)
    lines = "".join(f"{name}={value}\n" for name, value in (*settings, *options.settings.items()))
    return f"# Written by Wattgraph at every start.\n{lines}"


def neo4j_settings(
    bolt_port: int = 7687,
    http_port: int = 7474,
    *,
    gds: bool = False,
    auth: bool = False,
    browser: BrowserSettings | None = None,
) -> Iterator[tuple[str, str]]:
    """The settings of a server that `start` brings up; the arguments are its."""
    yield "server.default_listen_address", "127.0.0.1"
    for connector, port in (("bolt", bolt_port), ("http", http_port)):
        yield f"server.{connector}.listen_address", f"127.0.0.1:{port}"
        yield f"server.{connector}.advertised_address", f"127.0.0.1:{port}"
    yield "server.https.enabled", "false"
    yield "dbms.security.auth_enabled", str(auth).lower()
    yield "dbms.usage_report.enabled", "false"
    yield "server.memory.pagecache.size", "512m"
    # Else an empty server takes 500 MB of disk.
    yield "db.tx_log.preallocate", "false"
    # Else Python's driver guards each of its reads by a task: a quarter of the processor time of a small one. Whoever
    # asks has a deadline.
    yield "server.bolt.connection_keep_alive_for_requests", "OFF"
    # Else every stop waits 5 seconds twice for clients of this machine.
    yield "internal.server.bolt.connection_shutdown_wait_time", "1s"
    yield "internal.server.bolt.thread_pool_shutdown_wait_time", "1s"
    yield from (browser or BrowserSettings()).settings()
    if gds:
        yield "dbms.security.procedures.unrestricted", "gds.*"


def _wait_until_started(server: Neo4jServer, born: str | None, wait_seconds: float) -> None:
    """Until its own log says that it listens on its ports: another server there cannot be taken for it."""
    log = _log_file(server.home)
    wanted = re.compile(
        rf"Bolt enabled on \S+:{server.bolt_port}\.$.*HTTP enabled on \S+:{server.http_port}\.$.*\bStarted\.$",
        re.M | re.S,
    )
    deadline = time.monotonic() + wait_seconds
    while time.monotonic() < deadline:
        alive = born is not None and _born(server.pid) == born
        text = _read_log(log)
        if not alive:
            raise _failed("Neo4j ended while it started", text, log)
        if wanted.search(text):
            return
        time.sleep(0.1)
    raise _failed(f"Neo4j did not start within {wait_seconds:g} seconds", _read_log(log), log)


def _failed(what: str, text: str, log: Path) -> ServerError:
    lines = [line for line in text.splitlines() if line.strip() and not STACK_FRAME.match(line)]
    last = "\n".join(f"    {line.strip()}" for line in lines[-LAST_LINES:]) or "    (nothing)"
    sign, cure = next(((sign, cure) for sign, cure in REMEDIES.items() if sign in text), ("", f"The whole log: {log}"))
    why = f" ({sign})" if sign else ""
    return ServerError(f"{what}{why}; its log ends with\n{last}\n", remedy=cure)


def _lay_plugins(home: Path, jars: Path, options: _Options) -> None:
    """Neo4j offers the procedures of what lies in `plugins/`."""
    for release in RELEASES.values():
        for old in (home / "plugins").glob(f"*-{release.gds}.jar"):
            old.unlink()
    if options.gds:
        for jar in (jars / "gds").iterdir():
            (home / "plugins" / jar.name).symlink_to(jar)


def _make_folders(home: Path) -> None:
    try:
        for name in HOME_FOLDERS:
            (home / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ServerError(f"{home} cannot hold a server: {error}.", remedy="Name a folder you can write to.") from None


# --- the archives -------------------------------------------------------------------------------------------------


def fetch_jars(java: Path, release: Release = LTS) -> Path:
    """The folder with `lib/` and `gds/`, fetched with Maven the first time (about 150 MB)."""
    jars = cache_folder() / f"neo4j-{release.neo4j}-gds-{release.gds}"
    if jars.is_dir():
        return jars
    maven = find_maven()
    cache_folder().mkdir(parents=True, exist_ok=True)
    with _locked(jars.with_name(f"{jars.name}.lock")):
        if not jars.is_dir():
            _fetch(jars, maven, java, release)
    return jars


def _fetch(jars: Path, maven: Path, java: Path, release: Release) -> None:
    """Downloads into a sibling folder, then renames it: an incomplete download is never taken for a whole one."""
    part = jars.with_name(f"{jars.name}.part")
    shutil.rmtree(part, ignore_errors=True)
    (part / "gds").mkdir(parents=True)
    (part / "pom.xml").write_text(_pom(release), encoding="utf-8")
    print(f"Fetching Neo4j {release.neo4j} with Maven, once (about 150 MB) ...", file=sys.stderr, flush=True)
    began = time.monotonic()
    _run_maven([str(maven), *_maven_arguments(part)], java)
    for jar in (part / "lib").glob(f"*-{release.gds}.jar"):
        jar.rename(part / "gds" / jar.name)
    part.rename(jars)
    print(f"... fetched in {time.monotonic() - began:.0f} s.", file=sys.stderr, flush=True)


def _maven_arguments(part: Path) -> list[str]:
    return [
        "-q",
        "-B",
        "-f",
        str(part / "pom.xml"),
        "dependency:copy-dependencies",
        f"-DoutputDirectory={part / 'lib'}",
        "-DincludeScope=runtime",
    ]


def _run_maven(command: list[str], java: Path) -> None:
    environment = os.environ | {"JAVA_HOME": str(java.parent.parent)}
    with subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as maven:
        try:
            output = _wait_for_maven(maven)
        except BaseException:
            maven.kill()
            raise
    if maven.returncode:
        last = "\n".join(f"    {line}" for line in output.splitlines()[:LAST_LINES])
        raise ServerError(
            f"Maven could not fetch Neo4j:\n{last}\n",
            remedy="Check the network and Maven's settings, then start again.",
        )


def _wait_for_maven(maven: subprocess.Popen[str]) -> str:
    """The output of Maven. Prints a line to standard error every 10 seconds."""
    for seconds in range(0, FETCH_SECONDS, 10):
        if seconds:
            print(f"... {seconds} s", file=sys.stderr, flush=True)
        try:
            return maven.communicate(timeout=10)[0]
        except subprocess.TimeoutExpired:
            continue
    raise ServerError(
        f"Maven did not fetch Neo4j within {FETCH_SECONDS // 60} minutes.",
        remedy="Check the network, then start again: what was fetched is kept.",
    )


def _pom(release: Release) -> str:
    dependencies = "\n".join(
        f"    <dependency><groupId>{group}</groupId>"
        f"<artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for group, name, version in release.artifacts
    )
    return f"""<project>
  <modelVersion>4.0.0</modelVersion>
  <groupId>wattgraph</groupId>
  <artifactId>neo4j-server</artifactId>
  <version>1</version>
  <packaging>pom</packaging>
  <dependencies>
{dependencies}
  </dependencies>
</project>
"""


# --- Java ---------------------------------------------------------------------------------------------------------


def _javas() -> Iterator[Path]:
    """Each candidate once, by its real path."""
    named = [Path(home) / "bin" / "java" for home in [os.environ.get("JAVA_HOME")] if home]
    on_path = [Path(java) for java in [shutil.which("java")] if java]
    usual = [java for folder in JVM_FOLDERS for java in sorted(Path("/").glob(f"{folder}/bin/java".lstrip("/")))]
    yield from dict.fromkeys(java.resolve() for java in [*named, *on_path, *usual] if java.is_file())


def _java_version(java: Path) -> int | None:
    """17 of `openjdk version "17.0.15"`; None if it does not run."""
    try:
        done = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return None
    version = re.search(r'version "(\d+)', done.stderr + done.stdout)
    return int(version[1]) if version else None


# --- processes ----------------------------------------------------------------------------------------------------


def _born(pid: int) -> str | None:
    """When the process started, as a text that no later process with its id shares; None if it does not run."""
    if Path("/proc/self/stat").exists():
        return _born_on_linux(pid)
    listed = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return listed.stdout.strip() or None


def _born_on_linux(pid: int) -> str | None:
    try:
        # The command's name stands in parentheses and may hold anything, so the fields are counted from its end.
        state, *fields = (
            Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        )
    except OSError:
        return None
    # Ticks count from boot; the boot's own id keeps two boots apart. A zombie runs no more.
    boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return None if state in "ZX" else f"{boot} {fields[18]}"


def _end(pid: int, born: str) -> bool:
    """Whether the process still ran; it does not when this returns."""
    if _born(pid) != born:
        return False
    for sent, seconds in ((signal.SIGTERM, TERM_SECONDS), (signal.SIGKILL, TERM_SECONDS)):
        _send(pid, sent)
        if _true_within(seconds, lambda: _born(pid) != born):
            return True
    raise ServerError(f"The Neo4j process {pid} does not end.", remedy=f"End it by hand: kill -9 {pid}")


def _send(pid: int, sent: signal.Signals) -> None:
    try:
        os.kill(pid, sent)
    except ProcessLookupError:
        pass
    except PermissionError:
        raise ServerError(f"The Neo4j process {pid} is another user's.", remedy="Stop it as that user.") from None


def _true_within(seconds: float, condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _check_free(port: int) -> None:
    with socket.socket() as probe:
        # As Neo4j binds: a port that was just closed is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            why = error.strerror or str(error)
            raise ServerError(f"Port {port} of 127.0.0.1 cannot be had: {why}.", remedy=REMEDIES[PORT_TAKEN]) from None


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock goes with the process that holds it."""
    with path.open("w") as file:
        if sys.platform != "win32":
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


# --- files of a home ----------------------------------------------------------------------------------------------


def _state_file(home: Path) -> Path:
    return home / "run" / "wattgraph.json"


def _log_file(home: Path) -> Path:
    return home / "logs" / "wattgraph-console.log"


def _read_log(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""


def _write_state(server: Neo4jServer, born: str | None) -> None:
    file = _state_file(server.home)
    part = file.with_suffix(".part")
    part.write_text(json.dumps(asdict(server) | {"home": str(server.home), "born": born}), encoding="utf-8")
    part.replace(file)


def _read_state(home: Path) -> tuple[Neo4jServer, str] | tuple[None, None]:
    """What `start` wrote; a file that cannot be read counts as none."""
    try:
        state = json.loads(_state_file(home).read_text(encoding="utf-8"))
        born = str(state.pop("born"))
        return Neo4jServer(**state | {"home": home}), born
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None, None


REMEDIES = {
    PORT_TAKEN: "Name another port, or none to get a free one.",
    "Lock file has been locked by another process": "Another server uses this home: stop it, or name another home.",
    "OutOfMemoryError": "Give the server a larger heap.",
    "Could not reserve enough space": "Give the server a smaller heap.",
    "Invalid maximum heap size": "Give the heap as 512m or 2g.",
    "No space left on device": "Free some disk space.",
}
