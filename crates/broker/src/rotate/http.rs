//! A system elsewhere puts the value in place: it is told by HTTP, through the one way out of this machine, which judges
//! where it leads.

use chancery_model::Rotator;
use chancery_outbound::Request;

use super::Failure;
use super::apply::Job;
use super::order;

pub(super) async fn tell(job: &Job<'_>, action: &'static str) -> Result<(), Failure> {
    let rotator = job.secret.rotation.as_ref().map(|rotation| &rotation.rotator);
    let Some(Rotator::Http { url }) = rotator else { return Err(Failure("nothing is set up to rotate it")) };
    let line = order::line(job, action)?;
    let request = Request::post(url.as_str()).body("application/json", line.to_vec());
    match job.cx.platform.outbound.send(request).await {
        Ok(answer) if answer.is_success() => Ok(()),
        Ok(_) if action == "verify" => Err(Failure("the system says that the new value does not work")),
        Ok(_) => Err(Failure("the system refuses the new value")),
        Err(fault) if fault.is_refusal() => Err(Failure("the operator lets no request go there")),
        Err(_) => Err(Failure("the system cannot be reached")),
    }
}
