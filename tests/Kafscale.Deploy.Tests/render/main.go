// Renders a chart with Go's template engine and sprig, the way Helm does. It knows what charts of one part use: no charts in charts, no
// hooks, no cluster to look things up in.
//
//	render [flags] CHART
//
// It prints JSON: the values after merging, what each template yields by its name, and the notes. With -yaml it prints the manifests alone.
// Errors go to standard error, with exit code 1.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"sort"
	"strings"

	"sigs.k8s.io/yaml"
)

// Several flags of one name.
type list []string

func (l *list) String() string { return strings.Join(*l, ",") }

func (l *list) Set(value string) error {
	*l = append(*l, value)
	return nil
}

func (l list) has(value string) bool {
	for _, known := range l {
		if known == value {
			return true
		}
	}
	return false
}

// What was asked for.
type order struct {
	chartFolder string
	release     string
	namespace   string
	kubeVersion string
	apiVersions list
	valueFiles  list
	only        list
	isUpgrade   bool
}

// What it came to.
type result struct {
	Values    map[string]any    `json:"values"`
	Manifests map[string]string `json:"manifests"`
	Notes     string            `json:"notes"`
}

func main() {
	var asked order
	var asYaml bool
	flag.StringVar(&asked.release, "name", "kafscale", "the name of the release")
	flag.StringVar(&asked.namespace, "namespace", "kafscale", "the namespace of the release")
	flag.StringVar(&asked.kubeVersion, "kube-version", "v1.33.0", "the version of Kubernetes")
	flag.Var(&asked.apiVersions, "api-version", "an API that the cluster has beside its own, again and again")
	flag.Var(&asked.valueFiles, "values", "a file of values, again and again; later ones win")
	flag.Var(&asked.only, "only", "a template to render instead of all, again and again")
	flag.BoolVar(&asked.isUpgrade, "upgrade", false, "an upgrade, not an installation")
	flag.BoolVar(&asYaml, "yaml", false, "print the manifests alone")
	flag.Parse()
	asked.chartFolder = flag.Arg(0)

	rendered, err := render(asked)
	if err == nil && asYaml {
		err = printYaml(rendered)
	} else if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(rendered)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func render(asked order) (result, error) {
	chart, err := loadChart(asked.chartFolder)
	if err != nil {
		return result{}, err
	}
	values := chart.values
	for _, file := range asked.valueFiles {
		text, err := os.ReadFile(file)
		if err != nil {
			return result{}, err
		}
		given := map[string]any{}
		if err := yaml.Unmarshal(text, &given); err != nil {
			return result{}, fmt.Errorf("%s: %w", file, err)
		}
		values = merge(values, given)
	}
	manifests, err := newEngine(chart, asked, values).renderAll(asked.only)
	if err != nil {
		return result{}, err
	}
	notes := manifests[notesFile]
	delete(manifests, notesFile)
	return result{values, manifests, notes}, nil
}

// Maps are merged, all else is replaced; null takes away what the chart has.
func merge(under, over map[string]any) map[string]any {
	merged := map[string]any{}
	for key, value := range under {
		merged[key] = value
	}
	for key, value := range over {
		if value == nil {
			delete(merged, key)
			continue
		}
		lower, lowerIsMap := merged[key].(map[string]any)
		upper, upperIsMap := value.(map[string]any)
		if lowerIsMap && upperIsMap {
			value = merge(lower, upper)
		}
		merged[key] = value
	}
	return merged
}

func printYaml(rendered result) error {
	names := make([]string, 0, len(rendered.Manifests))
	for name := range rendered.Manifests {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		for _, document := range strings.Split("\n"+rendered.Manifests[name], "\n---") {
			if document = strings.TrimSpace(document); document != "" {
				if _, err := fmt.Printf("---\n%s\n", document); err != nil {
					return err
				}
			}
		}
	}
	return nil
}
