internal import Platform

extension SettingsMapping {
    private static let howTo =
        "refer to it as {credential: NAME}, {file: PATH} or {environment: NAME}, never write it into the settings"

    /// A secret, which settings only refer to: `{credential: NAME}` is a file that systemd's `LoadCredential=`
    /// provides, `{file: PATH}` any file, `{environment: NAME}` a variable.
    ///
    /// One line end after it does not belong to it. At most ``Secret/maximumByteCount`` bytes.
    /// - Returns: `nil` where it is absent, or after a mistake.
    package func secret(_ key: String) -> Secret? {
        guard let entry = entry(key) else { return nil }
        guard case .mapping(let entries) = entry.value.content else {
            // The text itself is never repeated: it may be the secret.
            mistake(key, "must not hold the secret itself; \(Self.howTo)")
            return nil
        }
        let reference = SettingsMapping(
            entries, path: path(of: key), place: entry.value.place, report: report, surroundings: surroundings)
        guard let (kind, name) = reference.reference() else { return nil }
        switch kind {
        case .credential: return reference.credential(name)
        case .file: return reference.file(name)
        case .environment: return reference.environment(name)
        }
    }

    private enum ReferenceKind: String, CaseIterable {
        case credential, file, environment
    }

    private func reference() -> (ReferenceKind, String)? {
        let kinds = ReferenceKind.allCases.filter { isSet($0.rawValue) }
        finish()
        guard let kind = kinds.first, kinds.count == 1 else {
            mistake(
                "has \(kinds.isEmpty ? "none" : "more than one") of credential, file and environment; \(Self.howTo)")
            return nil
        }
        return text(kind.rawValue).map { (kind, $0) }
    }

    private func credential(_ name: String) -> Secret? {
        let key = ReferenceKind.credential.rawValue
        guard !name.utf8.contains(UInt8(ascii: "/")), name != ".", name != ".." else {
            mistake(key, "is \(quoted(name)), allowed is the name of a credential, without '/'")
            return nil
        }
        guard let directory = surroundings.environment("CREDENTIALS_DIRECTORY"), !directory.isEmpty else {
            mistake(
                key,
                "\(quoted(name)) cannot be read: CREDENTIALS_DIRECTORY is not set; "
                    + "run under systemd with LoadCredential=\(shown(name)):PATH in the unit")
            return nil
        }
        return contents(
            of: "\(directory)/\(name)", key, remedy: "add LoadCredential=\(shown(name)):PATH to the unit")
    }

    private func file(_ path: String) -> Secret? {
        let key = ReferenceKind.file.rawValue
        guard path.hasPrefix("/") else {
            mistake(key, "\(quoted(path)) is not absolute; write the whole path, which begins with '/'")
            return nil
        }
        let secret = contents(of: path, key, remedy: "create it, readable by the service's user")
        if secret != nil, surroundings.isReadableByOthers(path) {
            note(key, "\(quoted(path)) is readable by every user; take that away with chmod o-r")
        }
        return secret
    }

    private func environment(_ name: String) -> Secret? {
        let key = ReferenceKind.environment.rawValue
        guard let value = surroundings.environment(name) else {
            mistake(key, "the environment has no variable \(quoted(name)); set it for the service")
            return nil
        }
        return checked(Array(value.utf8), key, "variable \(quoted(name))")
    }

    private func contents(of path: String, _ key: String, remedy: String) -> Secret? {
        do {
            // One byte more than allowed, and a line end, tell a file that is too large.
            let limit = Secret.maximumByteCount + 3
            guard var bytes = try surroundings.fileSystem.contents(of: path, limit: limit) else {
                mistake(key, "there is no file \(quoted(path)); \(remedy)")
                return nil
            }
            if bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
            if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
            return checked(bytes, key, "file \(quoted(path))")
        } catch {
            mistake(key, "\(shown(error.description, limit: 4096)); make it readable by the service's user")
            return nil
        }
    }

    private func checked(_ bytes: [UInt8], _ key: String, _ origin: String) -> Secret? {
        guard !bytes.isEmpty else {
            mistake(key, "\(origin) is empty; put the secret into it")
            return nil
        }
        guard bytes.count <= Secret.maximumByteCount else {
            mistake(key, "\(origin) is larger than \(byteSizeText(Secret.maximumByteCount)), the largest allowed")
            return nil
        }
        return Secret(bytes)
    }
}
