import FoundationEssentials
import Glibc
import Model

/// The user whom the service works as, so that `doctor` finds what the service would.
enum ServiceUser {
    private static let standard = "nightjar"

    /// Becomes that user, with the groups that it has and those that drop-ins of the service add.
    /// - Parameter name: nil means `nightjar`, where root asks and there is such a user.
    /// - Returns: Who the process works as now.
    static func become(_ name: String?) throws(NightjarError) -> String {
        let current = getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) } ?? String(geteuid())
        let wanted = name ?? (geteuid() == 0 ? standard : current)
        guard let entry = getpwnam(wanted) else {
            if name == nil { return current }
            throw NightjarError(.missing, "there is no user \(wanted)")
        }
        let user = entry.pointee.pw_uid
        let group = entry.pointee.pw_gid
        guard user != geteuid() else { return current }
        guard geteuid() == 0 else {
            throw NightjarError(.usage, "only root can work as \(wanted)", hint: "sudo nightjar doctor --as-user \(wanted)")
        }
        var count: Int32 = 256
        var groups = [gid_t](repeating: 0, count: Int(count))
        getgrouplist(wanted, group, &groups, &count)
        groups = Array(groups.prefix(Int(max(count, 1)))) + supplementaryGroups()
        guard setgroups(groups.count, groups) == 0, setgid(group) == 0, setuid(user) == 0 else {
            throw NightjarError(.internal, "cannot become the user \(wanted): \(String(cString: strerror(errno)))")
        }
        return wanted
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
                for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
                    guard line.hasPrefix("SupplementaryGroups=") else { continue }
                    for name in line.dropFirst("SupplementaryGroups=".count).split(separator: " ") {
                        if let group = getgrnam(String(name)) { groups.append(group.pointee.gr_gid) }
                    }
                }
            }
        }
        return groups
    }
}
