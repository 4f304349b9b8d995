#!/usr/bin/env bash
# Brings what the tests need besides Python: Chromium, node with the packages of tests/clients, and, where no Docker
# engine runs, Java and Maven for a real Neo4j. With the word audit also Go with the modules of a client, LibreOffice for
# workbooks, and what followthemoney is built with (ICU, a compiler).
# Quiet when everything is there. What it may not install it names in one line; with CI=true that is a failure.
set -euo pipefail
cd "$(dirname "$0")/.."

CLIENTS=tests/clients
GO_CLIENT=$CLIENTS/genqlient

have_chromium() { [ -x /usr/bin/chromium ]; }

have_libreoffice() { command -v soffice >/dev/null || command -v libreoffice >/dev/null; }

have_icu() { command -v g++ >/dev/null && command -v pkg-config >/dev/null && pkg-config --exists icu-i18n; }

have_docker() { command -v docker >/dev/null && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

# The program's own search decides, so that what counts as there is what it will find.
find_with() { .venv/bin/python -c "from graph.stores.neo4j import server; server.$1()" >/dev/null 2>&1; }

find_missing() {
  missing=()
  have_chromium || missing+=(chromium)
  command -v node >/dev/null || missing+=(nodejs)
  command -v ssh-keygen >/dev/null || missing+=(openssh-client)
  command -v npm >/dev/null || missing+=(npm)
  if [ -n "$audit" ]; then
    command -v go >/dev/null || missing+=(golang-go)
    have_libreoffice || missing+=(libreoffice-calc-nogui)
    have_icu || missing+=(libicu-dev pkg-config g++)
  fi
  if ! find_with find_java || ! find_with find_maven; then
    if ! have_docker; then
      find_with find_java || missing+=(java)
      find_with find_maven || missing+=(maven)
    fi
  fi
}

may_install() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; }

package_of() {
  if [ "$1" != java ]; then
    echo "$1"
  elif apt-cache show openjdk-21-jre-headless >/dev/null 2>&1; then
    echo openjdk-21-jre-headless
  else
    echo openjdk-17-jre-headless
  fi
}

install() {
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq
  local packages=()
  for name in "$@"; do packages+=("$(package_of "$name")"); done
  echo "Installing ${packages[*]} ..."
  apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
}

# npm writes its own copy of the lock last, so an interrupted installation starts again.
have_node_packages() {
  [ -e "$CLIENTS/node_modules/.package-lock.json" ] \
    && [ ! "$CLIENTS/node_modules/.package-lock.json" -ot "$CLIENTS/package-lock.json" ]
}

install_node_packages() {
  echo "Installing the packages of $CLIENTS ..."
  (cd "$CLIENTS" && npm ci --ignore-scripts --loglevel=error >/dev/null)
}

lacking() {
  echo "The tests lack: $1" >&2
  [ "${CI:-}" != true ]
}

# It fails too where Go is older than go.mod says.
install_go_modules() { (cd "$GO_CLIENT" && go mod download >/dev/null); }

audit=$([ "${1:-}" = audit ] && echo yes || true)
find_missing
if [ ${#missing[@]} -gt 0 ] && ! { may_install && install "${missing[@]}"; }; then
  lacking "${missing[*]}. Debian, Ubuntu (as root): apt-get install chromium nodejs npm openssh-client openjdk-17-jre-headless maven,\
 for the audit golang-go libreoffice-calc-nogui libicu-dev pkg-config g++;\
 elsewhere install them by hand, or start Docker in place of Java and Maven."
fi
if ! have_node_packages && ! { command -v npm >/dev/null && install_node_packages; }; then
  lacking "the packages of node. Where npm reaches a registry: npm ci in $CLIENTS."
fi
if [ -n "$audit" ] && ! { command -v go >/dev/null && install_go_modules; }; then
  lacking "Go 1.24 or later, or the modules of $GO_CLIENT. Where Go reaches a module proxy: go mod download in $GO_CLIENT."
fi
