// Loads a compose file as Docker Compose itself does and prints the project; fails where Compose would.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(path, env string) error {
	// No environment but the file that deploy/init.sh wrote; all profiles, so that every service is checked.
	options, err := cli.NewProjectOptions([]string{path}, cli.WithEnvFiles(env), cli.WithDotEnv,
		cli.WithProfiles([]string{"*"}), cli.WithConsistency(true), cli.WithInterpolation(true))
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	out, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	fmt.Println(string(out))
	return nil
}
