import Glibc
import Model

/// How a source may be opened so that its application can always write afterwards (DESIGN: Access).
///
/// Reading a WAL database makes `-wal` and `-shm` files where there are none. They get the mode of the database, the
/// reader's user, and the reader's group or that of a setgid directory; root's are given to the database's owner.
/// Where such files would lock the application out, the source is refused with the commands that mend it.
package struct SourceAccess {
    package enum Way: Equatable, Sendable {
        /// As SQLite does it.
        case ordinary
        /// Nobody has it open and no file can be made beside it: read as a file that does not change, checked afterwards.
        case immutable
    }

    let path: String
    let folder: String
    let facts: FileFacts
    let folderFacts: FileFacts

    /// - Parameter path: The database's real path, symbolic links resolved: SQLite puts its files beside that.
    init(path: String, facts: FileFacts) throws(NightjarError) {
        let folder = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
        self.path = path
        self.folder = folder.isEmpty ? "/" : folder
        self.facts = facts
        guard let folderFacts = FileFacts(self.folder) else {
            throw NightjarError(.missing, "the directory of \(path) cannot be looked at")
        }
        self.folderFacts = folderFacts
    }

    /// - Throws: code `missing`, with the lines to paste, where the source can only be read at the application's cost.
    func way(isWAL: Bool) throws(NightjarError) -> Way {
        guard isWAL else { return .ordinary }
        let canCreate = FileFacts.allows(folder, W_OK | X_OK)
        let hasWAL = FileFacts.exists(path + "-wal")
        if !canCreate {
            guard hasWAL else { return .immutable }
            guard FileFacts.allows(path + "-wal", R_OK), FileFacts.allows(path + "-shm", R_OK) else {
                throw refusal("its -wal and -shm files cannot be read")
            }
            return .ordinary
        }
        guard newFilesServeEverybody else {
            throw refusal("the -wal and -shm files that reading it makes could not be written by its application")
        }
        return .ordinary
    }

    /// Whether everybody who may write the database could write files that this process makes beside it.
    private var newFilesServeEverybody: Bool {
        let user = geteuid()
        if user == 0 || facts.mode & 0o002 != 0 { return true }
        let newGroup = folderFacts.hasSetGroup ? folderFacts.group : getegid()
        let groupWrites = facts.mode & 0o020 != 0
        // Root writes anyway. An owner without an entry, as in a container, is taken to be in its own file's group.
        let ownerServed =
            facts.owner == 0 || user == facts.owner
            || (groupWrites && (Self.isMember(user: facts.owner, of: newGroup) ?? (newGroup == facts.group)))
        return ownerServed && (!groupWrites || newGroup == facts.group)
    }

    /// - Returns: nil where the system does not know the user.
    private static func isMember(user: UInt32, of group: UInt32) -> Bool? {
        guard let entry = getpwuid(user) else { return nil }
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        guard getgrouplist(entry.pointee.pw_name, entry.pointee.pw_gid, &groups, &count) >= 0 else { return false }
        return groups.prefix(Int(count)).contains(group)
    }

    private func refusal(_ reason: String) -> NightjarError {
        NightjarError(.missing, "\(path) is a WAL database that cannot be read safely: \(reason)", hint: remedy)
    }

    /// The lines that a person can paste.
    var remedy: String { Self.remedy(folder: folder, path: path, group: facts.group) }

    private static func remedy(folder: String, path: String, group number: UInt32) -> String {
        // The group root opens far more than a database.
        let isRoot = number == 0
        let group = isRoot ? "nightjar-data" : groupName(number)
        let files = ["", "-wal", "-shm"].map { path + $0 }.filter { FileFacts($0) != nil }.map(quoted)
        let names = files.isEmpty ? quoted(path) : files.joined(separator: " ")
        return """
            Share a group with the application and let its directory hand that group on:
            \(isRoot ? "  groupadd \(group) && usermod -aG \(group) APPLICATION_USER\n" : "")\
              chgrp \(group) \(quoted(folder)) && chmod g+rwxs \(quoted(folder))
              chgrp \(group) \(names) && chmod 660 \(names)
              usermod -aG \(group) \(userName(geteuid()))
            and for the service, `systemctl edit nightjar`:
              [Service]
              SupplementaryGroups=\(group)
            """
    }

    /// For a shell.
    private static func quoted(_ path: String) -> String {
        "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// The first folder on the way to `path` that this user may not enter.
    static func closedFolder(above path: String) -> NightjarError? {
        var folder = ""
        for component in path.split(separator: "/").dropLast() {
            folder += "/\(component)"
            guard let facts = FileFacts(folder), !FileFacts.allows(folder, X_OK) else { continue }
            return NightjarError(
                .missing, "\(path) cannot be reached: the user \(userName(geteuid())) may not enter \(folder)",
                hint: remedy(folder: folder, path: path, group: facts.group))
        }
        return nil
    }

    package static func userName(_ user: UInt32) -> String {
        getpwuid(user).map { String(cString: $0.pointee.pw_name) } ?? String(user)
    }

    package static func groupName(_ group: UInt32) -> String {
        getgrgid(group).map { String(cString: $0.pointee.gr_name) } ?? String(group)
    }
}
