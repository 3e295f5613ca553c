import Appliance
import ArgumentParser
import Model
import Settings

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor", abstract: "Try everything that backups need, and say how to mend what is missing.",
        discussion: """
            Sources are opened and read, each store gets a small object that is removed
            again, disk space and permissions are compared with what will be needed. Run
            by root it works as the service's user would.
            """)

    @OptionGroup var options: GlobalOptions

    @Option(
        name: .long, help: ArgumentHelp("Work as this user (default: nightjar, where root runs it).", valueName: "user")
    )
    var asUser: String?

    func run() async throws {
        // Before the configuration is read: the service has to be able to read it, and its secrets.
        let user = try ServiceUser.become(asUser)
        let findings: [Doctor.Finding]
        do {
            findings = try await options.withAppliance { appliance in
                try await Doctor(appliance: appliance, user: user).examine()
            }
        } catch let error as ConfigurationError {
            throw Doctor.explain(error, path: options.configurationPath, user: user)
        }
        if options.json {
            Output.json(["findings": findings])
        } else {
            for finding in findings { show(finding) }
            let problems = findings.count { $0.kind == .problem }
            Output.line(problems == 0 ? "All is well." : "\(CountText.format(Int64(problems), "problem")) to mend.")
        }
        if let worst = findings.first(where: { $0.kind == .problem }) { throw ReportedFailure(code: worst.code) }
    }

    private func show(_ finding: Doctor.Finding) {
        let mark =
            switch finding.kind {
            case .good: "ok      "
            case .warning: "warning "
            case .problem: "PROBLEM "
            }
        Output.line("\(mark)\(finding.subject): \(finding.message)")
        for line in (finding.hint ?? "").split(separator: "\n") { Output.line("          \(line)") }
    }
}
