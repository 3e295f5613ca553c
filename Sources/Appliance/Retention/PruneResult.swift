import Model
import Settings

/// What retention did, or would do, to the backups of one database.
package struct PruneResult: Sendable, Codable {
    package struct Decision: Sendable, Codable {
        package var id: String
        package var state: String
        package var action: String
        package var reasons: [String]
        /// Whether only a freeze keeps it.
        package var wouldDelete: Bool
    }

    package var database: String
    package var store: String
    /// What is kept there, in words; left out where everything is.
    package var policy: String?
    package var frozen: Bool
    package var decisions: [Decision]
    package var deleted: [String]
    package var locked: [String]
    /// Why something is there still that belonged to what was deleted.
    package var left: String?

    package init(
        _ database: DatabaseSettings, _ store: String, _ policy: RetentionPolicy?, _ outcome: RetentionRun.Outcome,
        isFrozen: Bool
    ) {
        self.database = database.name
        self.store = store
        self.policy = policy.map { "\($0)" }
        frozen = isFrozen
        decisions = outcome.plan.decisions.map { decision in
            Decision(
                id: decision.id.description, state: "\(decision.state)", action: decision.action.rawValue,
                reasons: decision.reasons.map(\.text), wouldDelete: decision.wouldDelete)
        }
        deleted = outcome.deleted.map(\.description)
        locked = outcome.locked.map(\.description)
        left = outcome.left.map { ErrorText.line($0) }
    }
}
