package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"

	"sigs.k8s.io/yaml"
)

// What templates see as .Chart; a field that is not here is an error, as it is in Helm.
type chartMetadata struct {
	APIVersion  string            `json:"apiVersion"`
	Name        string            `json:"name"`
	Version     string            `json:"version"`
	AppVersion  string            `json:"appVersion"`
	KubeVersion string            `json:"kubeVersion"`
	Type        string            `json:"type"`
	Description string            `json:"description"`
	Home        string            `json:"home"`
	Icon        string            `json:"icon"`
	Sources     []string          `json:"sources"`
	Keywords    []string          `json:"keywords"`
	Annotations map[string]string `json:"annotations"`
}

type chart struct {
	metadata  chartMetadata
	values    map[string]any
	templates map[string]string
	files     files
}

func loadChart(folder string) (chart, error) {
	loaded := chart{values: map[string]any{}, templates: map[string]string{}, files: files{}}
	err := filepath.WalkDir(folder, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(folder, file)
		if err != nil {
			return err
		}
		return loaded.add(filepath.ToSlash(relative), text)
	})
	if err == nil && loaded.metadata.Name == "" {
		err = fmt.Errorf("%s is not the folder of a chart: it has no Chart.yaml with a name", folder)
	}
	return loaded, err
}

func (c *chart) add(name string, text []byte) error {
	switch {
	case name == "Chart.yaml":
		if err := yaml.UnmarshalStrict(text, &c.metadata); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	case name == "values.yaml":
		if err := yaml.Unmarshal(text, &c.values); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	case strings.HasPrefix(name, "templates/"):
		c.templates[name] = string(text)
	case strings.HasPrefix(name, "crds/"), name == "values.schema.json":
	default:
		c.files[name] = text
	}
	return nil
}

// What templates see as .Files.
type files map[string][]byte

// Get is the text of a file, or nothing.
func (f files) Get(name string) string { return string(f[name]) }

// Glob has the files whose whole name fits.
func (f files) Glob(pattern string) (files, error) {
	fitting := files{}
	for name, text := range f {
		fits, err := path.Match(pattern, name)
		if err != nil {
			return nil, err
		}
		if fits {
			fitting[name] = text
		}
	}
	return fitting, nil
}
