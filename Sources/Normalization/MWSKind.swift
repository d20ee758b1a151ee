package import EventModel

/// What an `eventType` of Moab means (`kinds.md`, "Native to kind: Moab").
package struct MWSKind: Equatable, Sendable {
    package let kind: Text
    /// The least severity of such an event; `nil` where Moab's own counts alone.
    package let severity: Severity?
    package let classification: Classification
    package let visibility: Visibility

    /// For a type that is not in the table.
    package static let fallback = MWSKind("Compute.Moab.Event.Logged", nil, .bg, .internal)

    private init(
        _ kind: Text, _ severity: Severity?, _ classification: Classification, _ visibility: Visibility = .external
    ) {
        self.kind = kind
        self.severity = severity
        self.classification = classification
        self.visibility = visibility
    }

    /// - Parameter type: free text; case, spaces and the ending of the past tense do not count, so that `Job Start`,
    ///   `JOBSTART` and `Job Started` are one.
    package init(type: Text) {
        self = Self.table[Self.stem(type)] ?? .fallback
    }

    /// Letters and digits in lower case, and of the last word what its tenses have in common: `Job Cancelled` and
    /// `job_cancel` both give `jobcancel`.
    static func stem(_ type: Text) -> [UInt8] {
        var stem: [UInt8] = []
        for byte in type.bytes.prefix(256) {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): stem.append(byte + 0x20)
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): stem.append(byte)
            default: break
            }
        }
        if stem.suffix(2) == Array("ed".utf8)[...] {
            stem.removeLast(2)
            if let last = stem.last, stem.dropLast().last == last { stem.removeLast() }
        } else if stem.last == UInt8(ascii: "e") {
            stem.removeLast()
        }
        if stem.last == UInt8(ascii: "y") { stem[stem.count - 1] = UInt8(ascii: "i") }
        return stem
    }

    private static let table: [[UInt8]: MWSKind] = {
        var table: [[UInt8]: MWSKind] = [:]
        for (types, kind) in jobs + nodes + instances + others {
            for type in types { table[stem(Text(type))] = kind }
        }
        return table
    }()

    private static let jobs: [([String], MWSKind)] = [
        (["Job Submit"], MWSKind("Compute.Job.Submitted", .info, .ua)),
        (["Job Cancel"], MWSKind("Compute.Job.Cancelled", .info, .ua)),
        (["Job Hold", "Job Held"], MWSKind("Compute.Job.Held", .info, .ua)),
        (["Job Release", "Job Unhold"], MWSKind("Compute.Job.Unheld", .info, .ua)),
        (["Job Modify"], MWSKind("Compute.Job.Updated", .info, .ua)),
        (["Job Start"], MWSKind("Compute.Job.Started", .info, .bg)),
        (["Job End"], MWSKind("Compute.Job.Completed", .info, .bg)),
        (["Job Requeue"], MWSKind("Compute.Job.Requeued", .info, .bg)),
        (["Job Migrate"], MWSKind("Compute.Job.Migrated", .info, .bg)),
        (["Job Preempt"], MWSKind("Compute.Job.Preempted", .info, .bg)),
        (["Job Failed", "Job Failure"], MWSKind("Compute.Job.Failed", .major, .sw)),
        (["Job Reject"], MWSKind("Compute.Job.Rejected", .major, .sw)),
    ]

    private static let nodes: [([String], MWSKind)] = [
        (["Node Down", "Node Failure", "Node Failed"], MWSKind("Compute.Node.Lost", .major, .sla)),
        (["Node Up"], MWSKind("Compute.Node.Restored", .info, .sla)),
        (["Node Modify"], MWSKind("Compute.Node.Updated", .info, .sla)),
        (["Node Drain"], MWSKind("Compute.Node.Drained", .warning, .ua)),
        (["Node Undrain", "Node Resume"], MWSKind("Compute.Node.Undrained", .warning, .ua)),
    ]

    private static let instances: [([String], MWSKind)] = [
        (["VM Submit", "VM Provision Start"], MWSKind("Compute.Instance.Create.Started", .info, .ua)),
        (["VM Provision", "VM Create", "VM Ready"], MWSKind("Compute.Instance.Created", .info, .ua)),
        (["VM Migrate"], MWSKind("Compute.Instance.Migrated", .info, .ua)),
        (["VM Destroy", "VM End"], MWSKind("Compute.Instance.Deleted", .info, .ua)),
        (["VM Provision Failed", "VM Failure"], MWSKind("Compute.Instance.Create.Failed", .major, .ua)),
        (["VM Power On"], MWSKind("Compute.Instance.PoweredOn", .info, .ua)),
        (["VM Power Off"], MWSKind("Compute.Instance.PoweredOff", .info, .ua)),
    ]

    private static let others: [([String], MWSKind)] = [
        (["Reservation Create", "Rsv Create"], MWSKind("Compute.Reservation.Created", .info, .ua)),
        (["Reservation Start", "Rsv Start"], MWSKind("Compute.Reservation.Started", .info, .ua)),
        (["Reservation End", "Rsv End"], MWSKind("Compute.Reservation.Ended", .info, .ua)),
        (["Reservation Modify", "Rsv Modify"], MWSKind("Compute.Reservation.Updated", .info, .ua)),
        (
            ["Reservation Cancel", "Rsv Cancel", "Reservation Destroy", "Rsv Destroy"],
            MWSKind("Compute.Reservation.Deleted", .info, .ua)
        ),
        (["Service Create"], MWSKind("Compute.Service.Created", .info, .ua)),
        (["Service Modify"], MWSKind("Compute.Service.Updated", .info, .ua)),
        (["Service Delete"], MWSKind("Compute.Service.Deleted", .info, .ua)),
        (["Scheduler Start"], MWSKind("Compute.Scheduler.Started", .warning, .system)),
        (["Scheduler Stop"], MWSKind("Compute.Scheduler.Stopped", .warning, .system)),
        (["Scheduler Pause"], MWSKind("Compute.Scheduler.Paused", .warning, .system)),
        (["Scheduler Resume"], MWSKind("Compute.Scheduler.Resumed", .warning, .system)),
        (
            [
                "Scheduler Iteration", "Scheduler Iteration Start", "Scheduler Iteration End", "Scheduler Cycle Start",
                "Scheduler Cycle End", "Iteration Start", "Iteration End", "Cycle Start", "Cycle End",
            ], MWSKind("Compute.Scheduler.Iterated", .debug, .system)
        ),
        (["Trigger Start", "Trigger End"], MWSKind("Compute.Trigger.Fired", .info, .bg, .internal)),
        (["Trigger Failed", "Trigger Failure"], MWSKind("Compute.Trigger.Failed", .warning, .bg, .internal)),
    ]
}
