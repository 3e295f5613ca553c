import Age
import ArgumentParser
import Glibc
import Model

/// What opens encrypted backups, beside what the configuration has.
struct IdentityOptions: ParsableArguments {
    /// More than any file of identities has.
    private static let limit = 64 << 10

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Open encrypted backups with the identities of this file, as age-keygen writes it; may be given again.",
            valueName: "file"))
    var identity: [String] = []

    /// Those of all files. A passphrase is asked for at the terminal where one is needed.
    /// - Throws: `NightjarError`, code `missing` or `usage`; it quotes nothing of a file.
    func load() throws -> [AgeIdentity] { try identity.flatMap { try Self.identities(of: $0) } }

    private static func identities(of path: String) throws -> [AgeIdentity] {
        let bytes = try read(path)
        do {
            return try AgeIdentityFile(bytes).open { try passphrase(for: path) }
        } catch AgeError.noMatch {
            throw NightjarError(.usage, "that is not the passphrase of \(path)", hint: "Try again.")
        } catch let error as AgeError {
            throw NightjarError(
                .usage, "\(path) holds no identity that can be used: \(error)",
                hint: "A file as age-keygen writes it is needed, in the clear or behind a passphrase (age -p).")
        }
    }

    private static func read(_ path: String) throws(NightjarError) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            throw NightjarError(.missing, "cannot open the identity \(path): \(String(cString: strerror(errno)))")
        }
        defer { close(file) }
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = Glibc.read(file, &buffer, buffer.count)
            guard count >= 0 else {
                throw NightjarError(.io, "cannot read the identity \(path): \(String(cString: strerror(errno)))")
            }
            if count == 0 { return bytes }
            bytes += buffer[..<count]
            guard bytes.count <= limit else {
                throw NightjarError(.usage, "\(path) is too large to be a file of identities")
            }
        }
    }

    /// Asks at the terminal, whatever standard input is.
    private static func passphrase(for path: String) throws(NightjarError) -> String {
        let terminal = open("/dev/tty", O_RDWR | O_CLOEXEC)
        guard terminal >= 0 else {
            throw NightjarError(
                .usage, "\(path) is behind a passphrase, and there is no terminal to ask for it",
                hint: "Run this at a terminal, or give an identity without one.")
        }
        close(terminal)
        guard let typed = getpass("Passphrase for \(path): ") else {
            throw NightjarError(.io, "the passphrase could not be read: \(String(cString: strerror(errno)))")
        }
        defer { memset(typed, 0, strlen(typed)) }
        return String(cString: typed)
    }
}
