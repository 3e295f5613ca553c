import Catalog
import Model
import Restore
import SQLite
import Storage

extension BackupRun {
    /// The backup in one of its stores, and what was found out about it there.
    package struct Copy: Sendable {
        /// The store's name in the configuration.
        package let store: String
        package let location: String
        /// nil where none was asked for, or where it could not be done.
        package var verification: VerificationReport?
        /// Where the report is in the store; nil where there is none.
        package var reportKey: String?
        /// Of its manifest, as the store gave it; nil where it was not read.
        var manifestHash: String?
        /// Why the verification could not be done; the backup stands, unproved.
        package var verificationFailure: (any Error)?
        /// What it takes to take that back where it is a difference: a manifest that is right again is as good as bytes
        /// that are.
        var failureLevel: VerificationLevel

        package var state: BackupState { BackupState(report: verification) }

        /// What the store does not give back as it was written is a difference, found before the verification proper.
        var proof: BackupProof {
            (verificationFailure as? any Failure)?.code == .difference ? .different : BackupProof(state)
        }

        /// Whether another verification would fail in the same way: SQLite refused, and neither disk nor store was it.
        package var isUnprovable: Bool {
            guard let failure = verificationFailure as? NightjarError else { return false }
            return failure.cause is SQLiteError && !failure.isTransient
        }
    }

    /// What became of a run.
    package struct Outcome: Sendable {
        package let manifest: Manifest
        /// In the order of the database's stores; at least one.
        package let copies: [Copy]
        /// Stores that the run had to go on without, and why.
        package let dropped: [String: any Error]
        package let seconds: Double
        /// How much of the uncompressed dump an earlier process had written, in bytes; nil where this one wrote all.
        package let resumedAt: Int64?

        /// The copy that the run is judged by: one with a difference, which is nothing to be silent about; else the one of
        /// which most was proved.
        package var decisive: Copy {
            let order: [BackupProof] = [.different, .proved, .checked, .unproved]
            return order.lazy.compactMap { proof in copies.first { $0.proof == proof } }.first ?? copies[0]
        }

        package var state: BackupState { decisive.state }

        /// `on 1 of 2 stores, without disk`; nil where it is on all of them.
        package var shortOfStores: String? {
            guard !dropped.isEmpty else { return nil }
            let names = dropped.keys.sorted().joined(separator: ", ")
            return "on \(copies.count) of \(copies.count + dropped.count) stores, without \(names)"
        }
    }
}
