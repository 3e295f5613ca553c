import Model

/// The file that a secret was read from. What the secret is does not stand here.
package struct SecretOrigin: Sendable, Equatable {
    package enum Kind: Sendable, Equatable {
        /// `{file: …}`: read again whenever the configuration is.
        case file
        /// `{credential: …}`, in the folder of secrets.
        case credential
        /// `{credential: …}`, in the copy that systemd made when the service started.
        case passedCredential
    }

    /// The credential's name, or the path that `{file: …}` names.
    package let name: String
    /// The file's absolute path.
    package let path: String
    /// `file:line:column` of where the configuration names it.
    package let place: String
    package let kind: Kind
    /// When the file was changed last, or replaced by another one.
    package let modified: FileTime

    package init(name: String, path: String, place: String, kind: Kind, modified: FileTime) {
        self.name = name
        self.path = path
        self.place = place
        self.kind = kind
        self.modified = modified
    }

    /// What to tell a person where a daemon works that has not read this secret; nil where there is nothing to tell.
    ///
    /// - Parameter start: when that daemon has started.
    package func note(forDaemonSince start: FileTime) -> String? {
        guard modified > start else { return nil }
        let secret = kind == .file ? "in \(Wording.path(name))" : Wording.quote(name)
        let times =
            "\(place): the secret \(secret) was changed at \(modified.timestamp.text), the running daemon started at"
            + " \(start.timestamp.text)"
        switch kind {
        case .file:
            return "\(times) and, unless it was reloaded since, still uses the old one: systemctl reload nightjar"
        case .credential:
            return "\(times) and still uses the old one: systemctl restart nightjar"
        case .passedCredential:
            // Reading it has noted already whether the original is newer.
            return nil
        }
    }
}
