internal import EventModel

/// The manual page `tributary.yaml(5)`, which ``SettingsTable`` is shown in.
package struct SettingsManual: Sendable {
    private static let forms: [(form: String, text: String)] = [
        ("a text", "At most 4096 bytes. One that begins with *, &, !, > or @ needs quotes."),
        ("a duration", "A number with ms, s, m, h, d or w: 500ms, 10s, 5m, 12h, 1d, 1w."),
        ("a size", "A number of bytes, or one with B, KiB, MiB, GiB, TiB, or kB, MB, GB, TB: 64KiB, 100MiB, 2GiB."),
        ("a time", "A date, its midnight in UTC, or RFC 3339: 2026-01-31, 2026-01-31T12:00:00Z."),
        ("octal permissions", "Three or four digits in quotes: \"0640\"."),
        (
            "a secret",
            """
            Never the secret itself, only where it is: {credential: NAME} is a credential of systemd \
            (LoadCredential=), {file: PATH} a file, {environment: NAME} a variable. At most 64 KiB.
            """
        ),
    ]

    private static let example = """
        sources:
          journal:
            type: journald
            start: boot
          region:
            type: maas
            url: https://maas.example.com/MAAS
            api-key: {credential: maas-key}
        sinks:
          everything:
            type: file
            path: /var/log/tributary/events.log
          siem:
            type: syslog
            address: tls://siem.example.com:6514
            where: {severity: ">= warning", kind: "Security.*"}
        """

    /// The page.
    package static func page() -> ManualPage {
        var page = ManualPage(
            name: "tributary.yaml", section: 5, abstract: "settings of Tributary", manual: "Tributary File Formats")
        page.heading("DESCRIPTION")
        page.paragraph(
            """
            The settings of tributary-run(1) are a YAML file, /etc/tributary/tributary.yaml, and the files \
            conf.d/*.yaml beside it, which may add sources, sinks and keys that are not set elsewhere. An unknown key \
            and a wrong value are errors; tributary-check(1) names all of them with line and column. SIGHUP, or \
            `systemctl reload tributary`, has them read again: what changed is started anew, the rest goes on, and \
            wrong settings change nothing.
            """)
        page.heading("VALUES")
        for (form, text) in forms { page.item(form, text) }
        for section in SettingsTable.sections { write(section, to: &page) }
        writeFilters(to: &page)
        page.heading("EXAMPLE")
        page.example(example.split(separator: "\n", omittingEmptySubsequences: false).map(String.init))
        page.heading("FILES")
        page.item("/etc/tributary/tributary.yaml", "The settings.")
        page.item("/etc/tributary/conf.d/*.yaml", "More of them.")
        page.item("/usr/share/tributary/rules", "The rules that come with Tributary.")
        page.heading("SEE ALSO")
        page.paragraph("tributary(1), tributary-run(1), tributary-check(1), systemd.exec(5)")
        return page
    }

    private static func write(_ section: SettingsTable.Section, to page: inout ManualPage) {
        page.heading(section.title.uppercased())
        page.paragraph(section.text)
        if !section.path.isEmpty {
            let place = "Keys below \(section.path)"
            page.paragraph(section.type.map { "\(place), where its type is \($0):" } ?? "\(place):")
        }
        for key in section.keys {
            let form = ManualPage.escaped(key.form.words)
            page.item(
                rawTerm: "\\fB\(ManualPage.escaped(key.name))\\fR \\- \(form)",
                [key.text, absence(of: key)].joined(separator: " "))
        }
    }

    private static func absence(of key: SettingsTable.Key) -> String {
        switch key.absence {
        case .value(let value), .meaning(let value): "Default: \(value)."
        case .required: "Required."
        }
    }

    private static func writeFilters(to page: inout ManualPage) {
        page.heading("FILTERS")
        page.paragraph(
            """
            A filter (where) is a mapping of an event's keys to a value, a list of values of which any will do, a \
            glob, or a comparison such as ">= warning", "< 1024" or "!= root"; an empty text means that the key is \
            absent. All must hold. The keys:
            """)
        page.paragraph(EventFilter.Key.knownNames.joined(separator: ", ") + ".")
    }
}
