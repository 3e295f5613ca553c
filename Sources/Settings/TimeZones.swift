import Glibc
import Model

/// The time zones of a machine. Each is read once, however many databases name it, and shared by them.
final class TimeZones {
    /// Why there is no such time zone.
    enum Problem: Error {
        /// No name that a zone could have.
        case malformed
        case unknown
        /// No zones are there at all but UTC.
        case notInstalled
        case unreadable(FileContents.Problem)
        case unusable(TimeZoneError)
    }

    /// Two names of what needs no file.
    private static let coordinated: Set<String> = ["UTC", "Etc/UTC"]
    /// Far more than any zone has.
    private static let limit = 256 * 1024

    let files: ZoneFiles
    private var known: [String: Result<TimeZoneRules, Problem>] = [:]

    init(_ files: ZoneFiles) {
        self.files = files
    }

    /// The zone of an IANA name.
    func zone(named name: String) throws(Problem) -> TimeZoneRules {
        if Self.coordinated.contains(name) { return TimeZoneRules.utc }
        if let found = known[name] { return try found.get() }
        let result: Result<TimeZoneRules, Problem>
        do throws(Problem) {
            result = .success(try self.read(name))
        } catch {
            result = .failure(error)
        }
        known[name] = result
        return try result.get()
    }

    /// Whether a name leads to a file in the zones' folder and nowhere else: `[A-Za-z0-9_+-]+` between single slashes.
    static func isWellFormed(_ name: String) -> Bool {
        guard name.utf8.count <= 100 else { return false }
        return name.split(separator: "/", omittingEmptySubsequences: false).allSatisfy { segment in
            !segment.isEmpty && segment.unicodeScalars.allSatisfy { isNameScalar($0) }
        }
    }

    private static func isNameScalar(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "A"..."Z", "a"..."z", "0"..."9", "_", "+", "-": true
        default: false
        }
    }

    private func read(_ name: String) throws(Problem) -> TimeZoneRules {
        guard Self.isWellFormed(name) else { throw Problem.malformed }
        let bytes: [UInt8]
        do throws(FileContents.Problem) {
            bytes = try FileContents(path: "\(files.folder)/\(name)", limit: Self.limit).bytes
        } catch {
            if access(files.folder, F_OK) != 0 && errno == ENOENT { throw Problem.notInstalled }
            throw error.isMissing || error.number == EISDIR ? Problem.unknown : Problem.unreadable(error)
        }
        do throws(TimeZoneError) {
            return try TimeZoneRules(name: name, tzif: bytes)
        } catch {
            throw Problem.unusable(error)
        }
    }
}
