#!/usr/bin/env bash
# genqlient 0.8.1: `omitempty: true` above an operation does not generate where any input it reaches has a required field.
#
# Go's zero values are sent for every field of an input that a program leaves out, so `# @genqlient(omitempty: true)`
# above the operation is the advice for filters. It is refused when an input that the variables reach, however deep, has
# a required field, and the error names that field and not the operation. `for:` with a single field works, on condition
# that the variables of the operation stand on lines of their own: on the line of `query` the same comment is taken for
# the variable's too, and refused.
#
# What helps: one line `# @genqlient(for: "Type.field", omitempty: true)` for each optional field that is filled.
#
# genqlient 0.8.1 also pins golang.org/x/tools 0.24.0, which Go 1.25 and later do not compile; 0.38.0 is put in its place.
#
# Seen on 2026-11-30, Go 1.26.8:
#   above the operation: omitempty may only be used on optional arguments: Order.basis
#   for each field: generated
#   for each field, variables on the line of query: for is only applicable to operations and arguments
set -euo pipefail
folder=$(mktemp -d)
trap 'chmod -R u+w "$folder"; rm -rf "$folder"' EXIT
cd "$folder"

go mod init example >/dev/null 2>&1
go get -tool github.com/Khan/genqlient@v0.8.1 golang.org/x/tools@v0.38.0 >/dev/null 2>&1

cat > schema.graphql <<'GRAPHQL'
enum Basis { GROSS NET }
input Order { basis: Basis! descending: Boolean }
input Filter { name: String order: Order }
type Query { links(where: Filter): Int }
GRAPHQL
cat > genqlient.yaml <<'YAML'
schema: schema.graphql
operations: [query.graphql]
generated: generated.go
package: main
YAML

generate() {
  cat > query.graphql
  if said=$(go tool genqlient 2>&1); then
    echo "generated"
  else
    grep -oE "omitempty may only be used on optional arguments: [A-Za-z.]+|for is only applicable to operations and arguments" <<<"$said" | head -1
  fi
}

operation=$(generate <<'GRAPHQL'
# @genqlient(omitempty: true)
query Links($where: Filter) { links(where: $where) }
GRAPHQL
)
field=$(generate <<'GRAPHQL'
# @genqlient(for: "Filter.name", omitempty: true)
query Links(
  $where: Filter
) { links(where: $where) }
GRAPHQL
)
one_line=$(generate <<'GRAPHQL'
# @genqlient(for: "Filter.name", omitempty: true)
query Links($where: Filter) { links(where: $where) }
GRAPHQL
)
echo "above the operation: $operation"
echo "for each field: $field"
echo "for each field, variables on the line of query: $one_line"
[ "$operation" = "omitempty may only be used on optional arguments: Order.basis" ]
[ "$field" = "generated" ]
[ "$one_line" = "for is only applicable to operations and arguments" ]
