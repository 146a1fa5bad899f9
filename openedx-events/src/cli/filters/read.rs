//! Reads the filters of the program, and what its settings say of them.

use super::{DescribedFilter, DescribedFilterField, DescribedStep};
use crate::filters::{
    AnyFilter, FilterField, LeftOut, OPEN_EDX_FILTERS_CONFIG, ShownOptions, ShownStep, ShownSteps,
    all_filters,
};

pub(super) fn all() -> Vec<DescribedFilter> {
    all_filters().iter().map(|filter| described(*filter)).collect()
}

fn described(filter: &dyn AnyFilter) -> DescribedFilter {
    let (info, ShownSteps { place, running, left_out }) = (filter.info(), ShownSteps::of(filter));
    let settings = place.map(|place| format!("{OPEN_EDX_FILTERS_CONFIG} in {place}"));
    let off = |LeftOut { step, member }: LeftOut| DescribedStep {
        left_out_by: settings.as_ref().map(|settings| format!("`{member}` of {settings}")),
        ..described_step(step)
    };
    DescribedFilter {
        filter_type: info.filter_type.to_owned(),
        description: info.description.to_owned(),
        filter: info.filter_name.to_owned(),
        module: info.module.to_owned(),
        location: info.location.to_string(),
        is_async: info.is_async,
        halts: info.halts.map(str::to_owned),
        fields: info.fields.iter().map(described_field).collect(),
        steps: running.into_iter().map(described_step).collect(),
        steps_off: left_out.into_iter().map(off).collect(),
        settings,
    }
}

fn described_field(field: &FilterField) -> DescribedFilterField {
    DescribedFilterField {
        name: field.name.to_owned(),
        r#type: field.type_name.to_owned(),
        description: field.description.to_owned(),
        private: field.is_private,
    }
}

fn described_step(ShownStep { info, passes_over, states, options }: ShownStep) -> DescribedStep {
    DescribedStep {
        path: info.path.to_string(),
        location: format!("{}:{}", info.location.file(), info.location.line()),
        priority: info.priority,
        is_async: info.is_async,
        passed_over: passes_over,
        states,
        takes_options: !matches!(options, ShownOptions::None),
        options: match options {
            ShownOptions::Named(names) => Some(names.iter().map(|&name| name.to_owned()).collect()),
            ShownOptions::None | ShownOptions::Any => None,
        },
        left_out_by: None,
    }
}
