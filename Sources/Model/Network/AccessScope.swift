/// What a token of the HTTP API may do; each scope includes the ones before it.
package enum AccessScope: String, Sendable, Codable, CaseIterable, Comparable {
    /// See everything but the dumps.
    case read
    /// Start, cancel and download exports, and download backups.
    case export
    /// Everything.
    case admin

    package static func < (left: AccessScope, right: AccessScope) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .read: 0
        case .export: 1
        case .admin: 2
        }
    }
}
