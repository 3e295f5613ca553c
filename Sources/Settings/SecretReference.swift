import Model
import YAML

/// Where a secret comes from: itself, `{env: NAME}`, `{file: PATH}` or `{credential: NAME}`.
extension NodeReader {
    private static let secretForms = ["env", "file", "credential"]

    /// The secret. Neither it nor anything that might be it is shown in a complaint.
    /// - Parameter lines: Whether it may be several lines of text.
    func secret(lines: SecretLines = .one) -> Secret? {
        let what = "a text, {env: NAME}, {file: PATH} or {credential: NAME}"
        guard case .mapping = node.kind else {
            guard let text = self.text(what) else { return nil }
            // What a variable says stands in no file.
            if case .scalar(let written, _) = node.kind, !isReference(written) {
                context.add(InlineSecret(file: file, mark: node.mark, key: key, value: Secret(text)))
            }
            return checked(text, lines, from: "the value")
        }
        guard let form = onlyEntry(what, keys: Self.secretForms) else { return nil }
        switch form.key {
        case "env": return form.environmentSecret(lines)
        case "file": return form.fileSecret(lines)
        default: return form.credentialSecret(lines)
        }
    }

    /// Whether a text is nothing but a variable.
    private func isReference(_ written: String) -> Bool {
        written.hasPrefix("${") && written.hasSuffix("}") && !written.contains(":-")
            && written.count(where: { $0 == "$" }) == 1 && written.count(where: { $0 == "}" }) == 1
    }

    private func environmentSecret(_ lines: SecretLines) -> Secret? {
        guard let name = self.text("the name of an environment variable") else { return nil }
        guard let value = context.environment[name] else {
            complain("the environment variable \(Wording.quote(name)) is not set")
            return nil
        }
        return checked(value, lines, from: "the environment variable \(Wording.quote(name))")
    }

    private func fileSecret(_ lines: SecretLines) -> Secret? {
        guard let path = self.path() else { return nil }
        do throws(FileContents.Problem) {
            let file = try FileContents(path: path, limit: SecretFile.limit)
            context.add(origin(of: file, at: path, named: path, .file))
            return content(of: file, lines, at: path)
        } catch {
            complain("the secret's file \(path) \(error.text)")
            return nil
        }
    }

    /// systemd's folder first, whose permissions are systemd's own affair; then the folder for those without it.
    private func credentialSecret(_ lines: SecretLines) -> Secret? {
        guard let name = self.text("the name of a credential") else { return nil }
        guard !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            complainExpected("the name of a credential, without slashes")
            return nil
        }
        if let folder = context.environment["CREDENTIALS_DIRECTORY"], !folder.isEmpty {
            // The files of a whole folder get its name in front: LoadCredential=secrets:/etc/nightjar/secrets.
            for path in [name, "secrets_\(name)"].map({ FilePath.resolve($0, in: folder) }) {
                do throws(FileContents.Problem) {
                    let copy = try FileContents(path: path, limit: SecretFile.limit)
                    context.add(origin(of: copy, at: path, named: name, .passedCredential))
                    noteChange(of: name, since: copy)
                    return content(of: copy, lines, at: path)
                } catch {
                    guard error.isMissing else {
                        complain("the credential's file \(path) \(error.text)")
                        return nil
                    }
                }
            }
        }
        return fallbackSecret(name, lines)
    }

    private func fallbackSecret(_ name: String, _ lines: SecretLines) -> Secret? {
        let path = FilePath.resolve(name, in: context.secretsFolder)
        do throws(FileContents.Problem) {
            let file = try FileContents(path: path, limit: SecretFile.limit)
            guard SecretFile.isPrivate(mode: file.mode, owner: file.owner) else {
                let digits = String(file.mode, radix: 8)
                let padding = String(repeating: "0", count: max(0, 4 - digits.count))
                let wanted = file.owner == 0 && file.group != 0 ? "640" : "600"
                complain(
                    "the credential's file \(path) is open to others (mode \(padding)\(digits))",
                    hint: "chmod \(wanted) \(Wording.shell(path))")
                return nil
            }
            context.add(origin(of: file, at: path, named: name, .credential))
            return content(of: file, lines, at: path)
        } catch {
            if error.isMissing {
                complain(
                    "there is no credential \(Wording.quote(name)), neither passed by systemd nor at \(path)",
                    hint: "write it to that file with mode 0600, or pass it with LoadCredential=")
            } else {
                complain("the credential's file \(path) \(error.text)")
            }
            return nil
        }
    }

    /// systemd copies credentials when the service starts: what was written to the folder of secrets later is not seen.
    private func noteChange(of name: String, since copy: FileContents) {
        let path = FilePath.resolve(name, in: context.secretsFolder)
        guard let changed = FileTime.of(path), changed > copy.changed else { return }
        context.note(
            file, node.mark,
            "the secret \(Wording.quote(name)) was changed in \(Wording.path(path)) after the service had started:"
                + " it is used after `systemctl restart nightjar`")
    }

    private func origin(
        of contents: FileContents, at path: String, named name: String, _ kind: SecretOrigin.Kind
    ) -> SecretOrigin {
        SecretOrigin(
            name: name, path: path, place: "\(file):\(node.mark.line):\(node.mark.column)", kind: kind,
            modified: contents.changed)
    }

    private func content(of file: FileContents, _ lines: SecretLines, at path: String) -> Secret? {
        var bytes = file.bytes[...]
        if bytes.last == UInt8(ascii: "\n") {
            bytes.removeLast()
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            complain("the secret's file \(path) does not hold text")
            return nil
        }
        return checked(text, lines, from: "the secret's file \(path)")
    }

    private func checked(_ text: String, _ lines: SecretLines, from place: String) -> Secret? {
        guard !text.isEmpty else {
            complain("`\(key)`: \(place) is empty")
            return nil
        }
        guard lines == .several || text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            complain(
                "`\(key)`: \(place) holds a line break or a control character", hint: "a secret is one line of text")
            return nil
        }
        return Secret(text)
    }
}

/// How many lines of text a secret may have.
enum SecretLines {
    case one
    case several
}

/// What a file must be to hold a secret.
enum SecretFile {
    /// The most bytes that are read.
    static let limit = 64 * 1024

    /// Only its owner may read it; or root owns it, and at most its group may read it.
    static func isPrivate(mode: UInt32, owner: UInt32) -> Bool {
        mode & 0o077 == 0 || (owner == 0 && mode & 0o027 == 0)
    }
}
