import Catalog
import Model

@testable import Appliance

extension Appliance {
    /// Backs `shop` up as the command does, and takes the run down.
    /// - Parameter level: What is verified after it; nil is what the database asks for.
    @discardableResult
    func backUp(_ catalog: Catalog, verifyAfterBackup level: VerificationLevel? = nil) async throws -> BackupRun.Outcome
    {
        try await RecordedRun(
            appliance: self, catalog: catalog, database: try database("shop"), trigger: .command,
            verifyAfterBackup: level, handle: RunHandle()
        ).run()
    }
}
