// The state machine of a rotation: the state and its timeline (rotation-state), the one next step (rotation-step), what answers and commands
// make of it (rotation-answers, rotation-commands), and what it shows (rotation-status). Pure: the workflow only carries it out.
export { afterStep, beginStep, type RotationAnswer } from './rotation-answers.ts';
export { type RotationCommand, type RotationDecision, takeCommand } from './rotation-commands.ts';
export { briefFindings } from './rotation-inspection.ts';
export {
  type Hold,
  rotationRequestProblems,
  type RotationEffect,
  type RotationStage,
  rotationStages,
  type RotationState,
  type SlotProgress,
  type SlotState,
  slotStates,
  startRotation,
} from './rotation-state.ts';
export { briefStatus, rotationStatus, type RotationStatus } from './rotation-status.ts';
export {
  nextRotationStep,
  type RotationCall,
  type RotationStep,
  type RotationWait,
  rotationWaits,
  type SlotCall,
} from './rotation-step.ts';
export { figuresText, percent } from './rotation-text.ts';
