import Appliance
import ArgumentParser
import Model
import Restore

extension VerifyCommand {
    /// Compares a backup with the live database, in this process also where a daemon works: it only reads.
    func compareWithSource(_ what: String) async throws {
        let report = try await options.withAppliance(asOwner: true, identities) {
            appliance -> SourceComparison.Report in
            let found = try await BackupLocator(appliance: appliance).resolve(what, preferring: .newest)
            let manifest = try await found.manifest()
            var compared = try await ProgressDisplay.showing(manifest.id, json: options.json) { progress in
                try await SourceComparisonRun(appliance: appliance, progress: progress).compare(manifest)
            }
            compared.notes += found.notes
            return compared
        }
        if options.json { Output.json(report) } else { report.show() }
    }
}
