package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"path"
	"sort"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig"
	"sigs.k8s.io/yaml"
)

const (
	notesFile = "templates/NOTES.txt"

	// Templates that include each other for ever end in an error, not in a crash.
	maxDepth = 100
)

// What every cluster of a version that the chart allows has.
var builtIn = []string{
	"v1", "apps/v1", "autoscaling/v2", "batch/v1", "coordination.k8s.io/v1", "networking.k8s.io/v1", "policy/v1",
	"rbac.authorization.k8s.io/v1", "apiextensions.k8s.io/v1", "events.k8s.io/v1",
}

type apiVersions []string

// Has tells whether the cluster has an API, named as apps/v1 or as apps/v1/Deployment.
func (v apiVersions) Has(name string) bool {
	for _, known := range v {
		if known == name || strings.HasPrefix(name, known+"/") {
			return true
		}
	}
	return false
}

type kubeVersion struct {
	Version string
	Major   string
	Minor   string
}

// String is the version itself.
func (v kubeVersion) String() string { return v.Version }

// GitVersion is its former name.
func (v kubeVersion) GitVersion() string { return v.Version }

type capabilities struct {
	KubeVersion kubeVersion
	APIVersions apiVersions
}

type engine struct {
	chart    chart
	context  map[string]any
	versions kubeVersion
	set      *template.Template
	depth    int
}

func newEngine(loaded chart, asked order, values map[string]any) *engine {
	parts := append(strings.SplitN(strings.TrimPrefix(asked.kubeVersion, "v"), ".", 3), "", "")
	version := kubeVersion{asked.kubeVersion, parts[0], parts[1]}
	return &engine{
		chart:    loaded,
		versions: version,
		context: map[string]any{
			"Values": values,
			"Chart":  loaded.metadata,
			"Files":  loaded.files,
			"Release": map[string]any{
				"Name":      asked.release,
				"Namespace": asked.namespace,
				"Service":   "Helm",
				"Revision":  1,
				"IsInstall": !asked.isUpgrade,
				"IsUpgrade": asked.isUpgrade,
			},
			"Capabilities": capabilities{version, append(append(apiVersions{}, builtIn...), asked.apiVersions...)},
		},
	}
}

// What templates yield by their names: those that are asked for, or all but those that only define.
func (e *engine) renderAll(only list) (map[string]string, error) {
	if err := e.checkKubeVersion(); err != nil {
		return nil, err
	}
	names := make([]string, 0, len(e.chart.templates))
	for name := range e.chart.templates {
		names = append(names, name)
	}
	sort.Strings(names)

	e.set = template.New("chart").Option("missingkey=zero").Funcs(e.functions())
	for _, name := range names {
		if _, err := e.set.New(name).Parse(e.chart.templates[name]); err != nil {
			return nil, err
		}
	}
	rendered := map[string]string{}
	for _, name := range names {
		if strings.HasPrefix(path.Base(name), "_") || (len(only) > 0 && !only.has(name)) {
			continue
		}
		e.context["Template"] = map[string]any{"Name": e.chart.metadata.Name + "/" + name, "BasePath": e.chart.metadata.Name + "/templates"}
		text, err := e.execute(e.set, name, e.context)
		if err != nil {
			return nil, err
		}
		rendered[name] = text
	}
	return rendered, nil
}

func (e *engine) checkKubeVersion() error {
	wanted := e.chart.metadata.KubeVersion
	if wanted == "" {
		return nil
	}
	compare := sprig.TxtFuncMap()["semverCompare"].(func(string, string) (bool, error))
	fits, err := compare(wanted, e.versions.Version)
	if err == nil && !fits {
		err = fmt.Errorf("the chart wants Kubernetes %s, and this is %s", wanted, e.versions.Version)
	}
	return err
}

func (e *engine) execute(set *template.Template, name string, context any) (string, error) {
	if e.depth++; e.depth > maxDepth {
		return "", fmt.Errorf("%s: templates include each other more than %d deep", name, maxDepth)
	}
	defer func() { e.depth-- }()
	var text strings.Builder
	if err := set.ExecuteTemplate(&text, name, context); err != nil {
		return "", err
	}
	// The engine's words for a value that is not there, in place of which Helm writes nothing.
	return strings.ReplaceAll(text.String(), "<no value>", ""), nil
}

// Sprig's functions without those that read the environment, and Helm's own.
func (e *engine) functions() template.FuncMap {
	functions := sprig.TxtFuncMap()
	delete(functions, "env")
	delete(functions, "expandenv")
	functions["toYaml"] = func(value any) (string, error) {
		text, err := yaml.Marshal(value)
		return strings.TrimSuffix(string(text), "\n"), err
	}
	functions["toJson"] = func(value any) (string, error) {
		text, err := json.Marshal(value)
		return string(text), err
	}
	functions["fromYaml"] = func(text string) (map[string]any, error) {
		value := map[string]any{}
		return value, yaml.Unmarshal([]byte(text), &value)
	}
	functions["fromYamlArray"] = func(text string) ([]any, error) {
		value := []any{}
		return value, yaml.Unmarshal([]byte(text), &value)
	}
	functions["fromJson"] = func(text string) (map[string]any, error) {
		value := map[string]any{}
		return value, json.Unmarshal([]byte(text), &value)
	}
	functions["include"] = func(name string, context any) (string, error) { return e.execute(e.set, name, context) }
	functions["tpl"] = e.tpl
	functions["required"] = func(message string, value any) (any, error) {
		if value == nil || value == "" {
			return nil, errors.New(message)
		}
		return value, nil
	}
	functions["fail"] = func(message string) (string, error) { return "", errors.New(message) }
	// Without a cluster there is nothing to find.
	functions["lookup"] = func(apiVersion, kind, namespace, name string) map[string]any { return map[string]any{} }
	return functions
}

// Renders a text that values hold; it may include what the chart defines.
func (e *engine) tpl(text string, context any) (string, error) {
	set, err := e.set.Clone()
	if err != nil {
		return "", err
	}
	if _, err := set.New("tpl").Parse(text); err != nil {
		return "", err
	}
	return e.execute(set, "tpl", context)
}
