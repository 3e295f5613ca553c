import Appliance
import Model
import Testing

/// Reports of one backup, oldest first, and what is known after them.
struct StateCase: Sendable, CustomTestStringConvertible {
    enum Finding: String, Sendable {
        case proved, checked
        /// At the level `checksum`.
        case bytesDiffer
        /// At the level `restore`.
        case rowsDiffer

        var report: VerificationReport {
            let isOfBytes = self == .checked || self == .bytesDiffer
            var report = VerificationReport(
                id: "dump_20260315-023000", database: "shop", level: isOfBytes ? .checksum : .restore,
                startedAt: Timestamp(seconds: 1_773_541_800), tool: "nightjar", sqliteVersion: "3.50.0", host: "web-1")
            report.outcome = VerificationReport.Outcome(rawValue: rawValue) ?? .different
            return report
        }
    }

    let findings: [Finding]
    let expected: BackupState

    var testDescription: String { findings.map(\.rawValue).joined(separator: ", ") }

    init(_ findings: [Finding], _ expected: BackupState) {
        self.findings = findings
        self.expected = expected
    }

    static let all = [
        StateCase([], .unproved),
        StateCase([.checked], .checked),
        StateCase([.proved, .checked], .proved),
        StateCase([.proved, .bytesDiffer], .failed),
        StateCase([.proved, .bytesDiffer, .checked], .proved),
        StateCase([.bytesDiffer, .checked], .checked),
        StateCase([.rowsDiffer, .checked], .failed),
        StateCase([.proved, .rowsDiffer, .checked, .checked], .failed),
        StateCase([.rowsDiffer, .checked, .proved], .proved),
        StateCase([.rowsDiffer, .proved, .checked], .proved),
        StateCase([.rowsDiffer, .bytesDiffer, .checked], .failed),
        StateCase([.bytesDiffer, .rowsDiffer, .checked], .failed),
        StateCase([.rowsDiffer, .proved, .bytesDiffer, .checked], .proved),
    ]
}

@Suite("What reports say of a backup") struct BackupStateTests {
    @Test("right bytes take back a difference of bytes, and a proof any", arguments: StateCase.all)
    func states(stateCase: StateCase) {
        #expect(BackupState(reports: stateCase.findings.map(\.report)) == stateCase.expected)
    }
}
