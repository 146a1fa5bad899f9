//! Groups of an enterprise's learners.

use bon::Builder;
use uuid::Uuid;

use crate::EventData;

/// A group of an enterprise's learners.
#[derive(Clone, Debug, PartialEq, EventData, Builder)]
#[event_data(serde)]
#[non_exhaustive]
pub struct EnterpriseGroup {
    /// The id of the group.
    pub uuid: Uuid,
}
