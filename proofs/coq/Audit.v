(* What the theorems rest on, file by file: a pair of proofs rests on all that either rests on. The test suite compares
   each answer with the axioms of Coq's classical reals. *)

From Saturode Require Cover Reached.
From Proofs Require Norms Theorem2 Activations Exponential Fixed Coverage.

Definition library := (@Cover.accepted_sound, @Reached.reached_sound).
Print Assumptions library.

Definition norms := (@Norms.theorem_1, @Norms.refined_bound, @Norms.refined_below_layerwise,
  @Norms.refined_at_most_layerwise, @Norms.trace_bound).
Print Assumptions norms.

Definition theorem2 := (@Theorem2.det_from_divergence, @Theorem2.theorem_2, @Theorem2.eta_test).
Print Assumptions theorem2.

Definition activations := (@Activations.sup_slope_tanh, @Activations.sup_slope_sigmoid,
  @Activations.silu_slope_range, @Activations.sup_slope_silu).
Print Assumptions activations.

Definition exponential := (@Exponential.truncation, @Exponential.horner_error, @Exponential.reduction_error,
  @Exponential.reduced_argument, @Exponential.expm1_error, @Exponential.assembled, @Exponential.scaled_back,
  @Exponential.exp_minus_error).
Print Assumptions exponential.

Definition fixed := (@Fixed.around_sound, @Fixed.plus_sound, @Fixed.minus_sound, @Fixed.negative_sound,
  @Fixed.scaled_sound, @Fixed.times_sound, @Fixed.square_sound, @Fixed.divided_sound).
Print Assumptions fixed.

Definition coverage := @Coverage.leaves_cover.
Print Assumptions coverage.
