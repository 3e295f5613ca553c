import Appliance
import ArgumentParser
import Model

struct NightjarCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nightjar",
        abstract: "Backs up SQLite databases and proves each backup by restoring it.",
        usage: "nightjar [--config <path>] [--json] <subcommand>",
        discussion: """
            A first backup:
              nightjar init                    writes /etc/nightjar/nightjar.yaml
              nightjar doctor                  says what is still missing
              nightjar backup --all            backs up, verifies, tells what it proved
              nightjar restore shop --to FILE  gets it back

            Exit codes: 0 done, 64 usage, 65 a verification found a difference,
            66 no such database, backup, source or channel, 69 store unreachable or
            a sample not delivered, 70 internal,
            73 output exists, 74 input or output failed, 75 busy, try again,
            77 encrypted, and no identity opens it, 78 configuration.
            """,
        version: Tool.version,
        subcommands: [
            InitCommand.self, CheckCommand.self, DoctorCommand.self, PlanCommand.self, BackupCommand.self,
            ListCommand.self, ShowCommand.self, VerifyCommand.self, RestoreCommand.self, DownloadCommand.self,
            ExportCommand.self, CopyCommand.self, PruneCommand.self, AcceptCommand.self, RebuildCommand.self,
            ServeCommand.self,
            StatusCommand.self, NotifyCommand.self,
        ])
}
