import Foundation
import TestSupport
import Testing

@Suite("A drill that fails")
struct DrillCommandTests {
    @Test("counts, whatever signals are ignored by who starts the command, and its arguments are told to nobody")
    func counts() async throws {
        try await withWorkbench { bench in
            try bench.makeSource(Workbench.script(rows: 10))
            try await bench.backUp()
            try bench.configure(["verify: {drill: {command: [/bin/sh, -c, \"exit 3\", very-secret]}}"])
            let outcome = try await Command.run([
                "--ignore-signal=CHLD", CommandLineTool.path, "--config", bench.configuration, "verify",
                Workbench.database, "--json",
            ])
            #expect(outcome.exitCode == 65, "\(outcome)")
            #expect(outcome.text.contains("ended with exit code 3"), "\(outcome)")
            #expect(!outcome.mentions("very-secret"), "\(outcome)")
            let reports = bench.objects.filter { $0.contains(".verified-") }
            #expect(reports.count == 2)
            for report in reports {
                let text = try String(contentsOfFile: "\(bench.store)/\(report)", encoding: .utf8)
                #expect(!text.contains("very-secret"))
            }
        }
    }
}
