import FoundationEssentials
import Glibc
import Model
import Restore

/// The user whom the service works as, so that `doctor` finds what the service would.
package struct ServiceUser: Sendable {
    private static let standard = "nightjar"

    /// Who the process works as.
    package let name: String
    /// Whether that is somebody else than who started it.
    package let isAnother: Bool

    /// Becomes that user, with the groups that it has and those that drop-ins of the service add. To be called before
    /// anything is read that the service has to be able to read.
    /// - Parameter name: nil means `nightjar`, where root asks and there is such a user.
    /// - Throws: code `missing` where there is no such user, `usage` where somebody else than root asks for another.
    package static func become(_ name: String?) throws(NightjarError) -> ServiceUser {
        let current = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? String(geteuid())
        let wanted = name ?? (geteuid() == 0 ? standard : current)
        guard let entry = getpwnam(wanted) else {
            if name == nil { return ServiceUser(name: current, isAnother: false) }
            throw NightjarError(.missing, "there is no user \(wanted)")
        }
        let user = entry.pointee.pw_uid
        let group = entry.pointee.pw_gid
        guard user != geteuid() else { return ServiceUser(name: current, isAnother: false) }
        guard geteuid() == 0 else {
            throw NightjarError(
                .usage, "only root can work as \(wanted)",
                hint: "sudo nightjar doctor --as-user \(ShellText.quote(wanted))")
        }
        // Files and names are looked up while it is still root who asks.
        let groups = ownGroups(of: wanted, group) + supplementaryGroups()
        guard setgroups(groups.count, groups) == 0, setgid(group) == 0, setuid(user) == 0 else {
            throw NightjarError(.internal, "cannot become the user \(wanted): \(String(cString: strerror(errno)))")
        }
        return ServiceUser(name: wanted, isAnother: true)
    }

    /// Becomes the user to whom a directory belongs, where root asks and it is somebody else's: what root made there, the
    /// service could not use. What only root may read has to have been read before.
    package static func becomeOwner(of directory: String) throws(NightjarError) {
        var facts = stat()
        guard geteuid() == 0, stat(directory, &facts) == 0, facts.st_uid != 0, let entry = getpwuid(facts.st_uid) else {
            return
        }
        _ = try become(String(cString: entry.pointee.pw_name))
    }

    private static func ownGroups(of user: String, _ group: gid_t) -> [gid_t] {
        var count: Int32 = 64
        while true {
            let room = count
            var groups = [gid_t](repeating: group, count: Int(room))
            if getgrouplist(user, group, &groups, &count) >= 0 { return Array(groups.prefix(Int(count))) }
            // It says how many there are.
            guard count > room else { return [group] }
        }
    }

    /// What `SupplementaryGroups=` in drop-ins of Nightjar's services says.
    private static func supplementaryGroups() -> [gid_t] {
        let base = "/etc/systemd/system"
        let folders = ((try? FileManager.default.contentsOfDirectory(atPath: base)) ?? []).filter {
            $0.hasPrefix("nightjar") && $0.hasSuffix(".service.d")
        }
        var groups: [gid_t] = []
        for folder in folders {
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(base)/\(folder)")) ?? []
            for file in files where file.hasSuffix(".conf") {
                guard let bytes = try? SmallFile.read("\(base)/\(folder)/\(file)") else { continue }
                for line in String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline) {
                    let setting = line.drop { $0 == " " || $0 == "\t" }
                    guard setting.hasPrefix("SupplementaryGroups=") else { continue }
                    let names = setting.dropFirst("SupplementaryGroups=".count)
                    for name in names.split(whereSeparator: { $0 == " " || $0 == "\t" || $0 == "\"" }) {
                        if let group = getgrnam(String(name)) {
                            groups.append(group.pointee.gr_gid)
                        } else if let number = gid_t(name) {
                            groups.append(number)
                        }
                    }
                }
            }
        }
        return groups
    }
}
