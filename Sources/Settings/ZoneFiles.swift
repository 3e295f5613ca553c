/// Where a machine keeps the world's time zones, and where it says which one is its own.
package struct ZoneFiles: Sendable, Equatable {
    /// The folder with the zones' files (RFC 8536) under their names, and with lists of these names.
    package var folder: String
    /// A symbolic link to the file of the machine's own zone (localtime(5)).
    package var localtime: String
    /// A file with the name of the machine's own zone, as Debian has it; asked where `localtime` is no such link.
    package var timezone: String

    package init(folder: String, localtime: String, timezone: String) {
        self.folder = folder
        self.localtime = localtime
        self.timezone = timezone
    }

    /// As the tzdata package and systemd have them.
    package static let standard = ZoneFiles(
        folder: "/usr/share/zoneinfo", localtime: "/etc/localtime", timezone: "/etc/timezone")
}
