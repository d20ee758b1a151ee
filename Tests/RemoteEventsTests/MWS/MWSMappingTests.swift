import EventModel
import Normalization
import Settings
import Testing

@testable import RemoteEvents

@Suite struct MWSMappingTests {
    @Test func `the samples become the events of the golden files`() throws {
        let golden = GoldenEvents("mws")
        for name in try golden.names {
            var settings = MWSSettings(
                remote: RemoteSettings(url: "https://moab.example.com/mws", pageSize: 500), username: "tail",
                password: Secret([1]))
            settings.remote.start = .beginning
            var api = MWSAPI(settings, from: nil)
            let now = try #require(Timestamp("2026-03-01T12:00:00Z"))
            _ = api.next(now: now)
            var page = RemotePage(source: "moab", observedTime: now)
            let status = name.hasPrefix("error_") ? Int(name.dropFirst(6)) ?? 0 : 200
            let answer = RemoteAnswer.response(RemoteResponse(status: status, body: try golden.bytes("\(name).json")))
            try golden.check(name, api.received(answer, now: now, into: &page), page)
        }
    }

    @Test func `a type is known in every spelling`() {
        for (types, kind) in [
            (["Job Start", "JOBSTART", "Job Started", "job_start"], "Compute.Job.Started"),
            (["Job Cancel", "Job Cancelled", "JOB CANCELED"], "Compute.Job.Cancelled"),
            (["Job Submit", "Job Submitted"], "Compute.Job.Submitted"),
            (["Job Release", "job released"], "Compute.Job.Unheld"),
            (["Job Modify", "Job Modified"], "Compute.Job.Updated"),
            (["Service Create", "Service Created"], "Compute.Service.Created"),
            (["Rsv Destroy", "Reservation Cancelled"], "Compute.Reservation.Deleted"),
            (["Scheduler Iteration", "Scheduler Iteration End"], "Compute.Scheduler.Iterated"),
            (["VM Power On"], "Compute.Instance.PoweredOn"), (["", "ed", "e", "Jobber"], "Compute.Moab.Event.Logged"),
        ] {
            for type in types { #expect(MWSKind(type: Text(type)).kind == Text(kind), "\(type)") }
        }
    }
}
