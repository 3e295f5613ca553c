import Model
import Settings

/// How old the proofs of a database's backups are, and whether they are kept young.
package struct ProofStanding: Sendable, Encodable {
    /// `proved again every 30 days, at most 10.0 GiB a day`
    package let routine: String
    /// The oldest of the last proofs; left out where there is none.
    package let oldest: Timestamp?
    /// Backups that were never proved at the level that their database asks for.
    package let unproved: Int
    /// Backups whose proofs are older than they may grow.
    package let late: Int
    /// What a person has to know; left out where all are proved in time.
    package let warning: String?

    package init(routine: String, oldest: Timestamp?, unproved: Int, late: Int, warning: String?) {
        self.routine = routine
        self.oldest = oldest
        self.unproved = unproved
        self.late = late
        self.warning = warning
    }

    init(_ plan: ProofPlan, _ verify: VerifySettings) {
        self.init(
            routine: verify.routineText, oldest: plan.oldestProof, unproved: plan.unproved, late: plan.late,
            warning: plan.warning(at: verify.level))
    }
}
