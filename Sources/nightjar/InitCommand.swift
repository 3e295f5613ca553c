import Appliance
import ArgumentParser
import Model

struct InitCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "init", abstract: "Write a commented starter configuration; an existing file stays.")

    @OptionGroup var options: GlobalOptions

    func run() async throws {
        let path = options.configurationPath
        try StarterFile.write(to: path)
        if options.json {
            Output.json(["file": path])
        } else {
            Output.line("Wrote \(path). Name your databases in it, then run: nightjar doctor")
        }
    }
}
