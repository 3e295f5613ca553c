/// Why something failed, in the few kinds that a script, a metric or an exit code tells apart.
package enum FailureCode: String, Sendable, CaseIterable, Codable {
    /// The command line was wrong.
    case usage
    /// A verification found that a backup is not what its manifest says.
    case difference
    /// There is no such database, backup, object or source file.
    case missing
    /// A store or a remote source cannot be reached or refuses us.
    case unreachable
    /// A fault of Nightjar's own.
    case `internal`
    /// The output exists already, or cannot be created.
    case exists
    /// Reading or writing failed: a full disk, a broken device, a corrupt source.
    case io
    /// Somebody else holds what is needed; trying again later may help.
    case busy
    /// The configuration is wrong, or refers to something that is.
    case configuration
    /// What is to be read is encrypted, and nothing here opens it.
    case encrypted
    /// The user asked to stop.
    case cancelled

    /// The process's exit code, after sysexits(3); 130 is what a shell reports for SIGINT.
    package var exitCode: Int32 {
        switch self {
        case .usage: 64
        case .difference: 65
        case .missing: 66
        case .unreachable: 69
        case .internal: 70
        case .exists: 73
        case .io: 74
        case .busy: 75
        case .encrypted: 77
        case .configuration: 78
        case .cancelled: 130
        }
    }
}
