import Model
import YAML

/// One reading of a configuration: what it may look at, and what it found wrong so far.
final class ReadingContext {
    let environment: [String: String]
    /// Where a credential is sought that systemd did not pass.
    let secretsFolder: String
    let timeZones: TimeZones
    /// The zone of a database for which nobody says another one.
    private(set) lazy var machineZone: TimeZoneRules = self.findMachineZone()
    /// What is no mistake, but worth knowing.
    private(set) var notes: [String] = []
    /// Which files the secrets were read from.
    private(set) var secretFiles: [SecretOrigin] = []
    /// The files that were read, in that order.
    private(set) var files: [(path: String, bytes: [UInt8])] = []
    /// Secrets that stand in them.
    private(set) var inlineSecrets: [InlineSecret] = []
    private(set) var complaints: [Complaint] = []
    /// Whether a file or a section could not be read at all, so that names it would have given are not known.
    var lacksNames = false

    init(environment: [String: String], secretsFolder: String, zoneFiles: ZoneFiles) {
        self.environment = environment
        self.secretsFolder = secretsFolder
        timeZones = TimeZones(zoneFiles)
    }

    private func findMachineZone() -> TimeZoneRules {
        let (zone, note) = timeZones.machineZone()
        if let note { notes.append(note) }
        return zone
    }

    func add(_ origin: SecretOrigin) { secretFiles.append(origin) }

    func addFile(_ path: String, _ bytes: [UInt8]) { files.append((path, bytes)) }

    func add(_ secret: InlineSecret) { inlineSecrets.append(secret) }

    /// Notes what is worth knowing.
    func note(_ file: String, _ mark: YAMLMark, _ message: String) {
        notes.append("\(file):\(mark.line):\(mark.column): \(message)")
    }

    /// Notes a complaint; without a mark it is about the file as a whole.
    func complain(_ file: String, _ mark: YAMLMark?, _ message: String, hint: String? = nil) {
        let complaint = Complaint(
            file: file, line: mark?.line ?? 0, column: mark?.column ?? 0, message: message, hint: hint)
        if !complaints.contains(complaint) { complaints.append(complaint) }
    }
}
