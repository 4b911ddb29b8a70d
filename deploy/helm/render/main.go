// Renders a chart as Helm itself does, reads each object strictly into Kubernetes' own types, and prints all of them as JSON. It
// fails where Helm would (values.schema.json included), and where an API server would refuse a field that is unknown or mistyped.
package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"
)

func main() {
	objects, err := render(os.Args[1], os.Stdin)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(objects)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// render answers the objects of the chart in folder, with the values read from in.
func render(folder string, in io.Reader) ([]runtime.Object, error) {
	chart, err := loader.LoadDir(folder)
	if err != nil {
		return nil, err
	}
	given, err := loader.LoadValues(in)
	if err != nil {
		return nil, err
	}
	release := common.ReleaseOptions{Name: "site", Namespace: "tocsin", Revision: 1, IsInstall: true}
	values, err := util.ToRenderValues(chart, given, release, nil)
	if err != nil {
		return nil, err
	}
	files, err := new(engine.Engine).RenderWithContext(context.Background(), chart, values)
	if err != nil {
		return nil, err
	}
	if err := monitoring.AddToScheme(scheme.Scheme); err != nil {
		return nil, err
	}
	strict := serializer.NewCodecFactory(scheme.Scheme, serializer.EnableStrict).UniversalDeserializer()
	var objects []runtime.Object
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if path.Ext(name) != ".yaml" {
			continue
		}
		found, err := read(strict, files[name])
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", name, err))
		}
		objects = append(objects, found...)
	}
	return objects, errors.Join(faults...)
}

// read answers the objects of a file of YAML documents.
func read(decoder runtime.Decoder, file string) ([]runtime.Object, error) {
	var objects []runtime.Object
	documents := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(file)))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(document)) == 0 {
			continue
		}
		object, _, err := decoder.Decode(document, nil, nil)
		if err != nil {
			return nil, err
		}
		objects = append(objects, object)
	}
}
