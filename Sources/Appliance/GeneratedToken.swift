import Glibc
import Model
import Pipeline
import Settings
import Synchronization

/// The token of an appliance whose configuration has none: made at its first start, and kept in the state directory.
package final class GeneratedToken: Sendable {
    /// Its name in logs.
    package static let name = "generated"
    private static let shortest = 16

    package let path: String
    private let kept = Mutex<Secret?>(nil)

    package init(stateDirectory: String) {
        path = stateDirectory + "/token"
    }

    /// Read once, and made where there is none; a token that was changed counts from the next start on.
    ///
    /// - Throws: code `io` where it can neither be read nor written, `configuration` where it is too short.
    package func token() throws(NightjarError) -> HTTPSettings.Token {
        if let secret = kept.withLock({ $0 }) { return token(secret) }
        let secret: Secret
        if let found = try read() { secret = found } else { secret = try make() }
        kept.withLock { $0 = secret }
        return token(secret)
    }

    private func token(_ secret: Secret) -> HTTPSettings.Token {
        HTTPSettings.Token(name: Self.name, secret: secret, scope: .admin)
    }

    private func read() throws(NightjarError) -> Secret? {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            if errno == ENOENT { return nil }
            throw failure("read")
        }
        defer { close(descriptor) }
        // It may have come out of a backup with another mode.
        var facts = stat()
        if fstat(descriptor, &facts) == 0, facts.st_mode & 0o077 != 0, fchmod(descriptor, 0o600) != 0 {
            throw failure("make private")
        }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = Glibc.read(descriptor, &bytes, bytes.count)
        guard count >= 0 else { throw failure("read") }
        let text = String(decoding: bytes.prefix(count), as: UTF8.self).filter { !$0.isWhitespace }
        guard text.utf8.count >= Self.shortest else {
            throw NightjarError(
                .configuration, "the token in \(path) is shorter than \(Self.shortest) bytes",
                hint: "Remove the file: nightjar makes a new one at its next start.")
        }
        return Secret(text)
    }

    /// Whole or not at all, and readable by nobody else at any time.
    private func make() throws(NightjarError) -> Secret {
        var generator = SystemRandomNumberGenerator()
        let secret = Secret(Hex.encode((0..<32).map { _ in UInt8.random(in: .min ... .max, using: &generator) }))
        let temporary = SmallFile.temporaryPath(of: path)
        unlink(temporary)
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("create") }
        defer {
            close(descriptor)
            unlink(temporary)
        }
        let bytes = Array((secret.value + "\n").utf8)
        guard bytes.withUnsafeBytes({ WholeWrite.write($0, to: descriptor) }), fsync(descriptor) == 0 else {
            throw failure("write")
        }
        let number = FreeName.move(temporary, in: AT_FDCWD, to: path, in: AT_FDCWD)
        if number == 0 { return secret }
        // Somebody was faster: theirs counts.
        if number == EEXIST, let other = try read() { return other }
        errno = number
        throw failure("create")
    }

    private func failure(_ operation: String) -> NightjarError {
        let reason = String(cString: strerror(errno))
        return NightjarError(
            .io, "cannot \(operation) \(path), the token of the status page: \(reason)",
            hint: "Give the service's user the file, or configure http.tokens.")
    }
}
