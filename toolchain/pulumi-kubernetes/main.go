// The official Kubernetes plugin. Its own `cmd` embeds two generated files that the module as served lacks: they are
// that folder's schema.json and terraform-mapping.json, minified. The build copies both beside this file (toolchain/tools.py).
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, mapping)
}
